# SPDX-License-Identifier: MIT
# Read by the scripts beside it, each of which runs as gem-sim's command: one run of gem-call that
# something happens to, the same command again, and what must hold of the two.
# shellcheck shell=sh
PATH=${GEM_BUILD:?}:$GEM_BUILD/tests/fault:$PATH
export PATH LC_ALL=C
flight=3 # calls at once
seed=${SEED:-$(date +%s)}
begin_with=$seed
faults=0 failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

# asks N: that many records, into the file `in`, and `ids` as they have to come out.
asks() {
	seq "$1" | sed 's/.*/{"id":&,"prompt":"say &"}/' >in
	seq "$1" >ids
}

# random N: sets `r` to one of 0 … N-1.
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	# shellcheck disable=SC2034 # its callers read it
	r=$((seed / 65536 % $1))
}

# requests: how many the server has seen so far.
requests() {
	curl -s "$GOOGLE_GEMINI_BASE_URL/_sim/stats" | sed -n 's/^ *"requests": \([0-9]*\).*/\1/p'
}

bad() {
	failures=$((failures + 1))
	[ $failures -gt 10 ] || echo "# $*"
}

# whole FILE: its lines; one without an end is none.
whole() {
	[ -s "$1" ] || return 0
	if [ -n "$(tail -c 1 "$1" | tr -d '\n')" ]; then sed '$d' "$1"; else cat "$1"; fi
}

# once FILE: does each record stand in it once, as a success?
once() {
	grep -a '"success":true' "$1" | sed -n 's/.*{"id":\([0-9]*\),.*/\1/p' | sort -n | cmp -s - ids &&
		[ "$(wc -l <"$1")" = "$(wc -l <ids)" ]
}

# within A B: does B have each line of A, byte for byte?
within() {
	[ ! -s "$1" ] || ! grep -qavxFf "$2" "$1"
}

# kept WHAT: what a reader has seen by now stands in the file.
kept() {
	whole seen >>told
	within told keep || bad "$1: a reader has seen what is not in the file"
}

# settled WHAT: the command runs to its end, and nothing is lost, doubled or changed.
settled() {
	faults=$((faults + 1))
	# shellcheck disable=SC2086 # options
	timeout 20 gem-call -q -j $flight $options in >out 2>err </dev/null || bad "$1: the rerun ends with status $?: $(cat err)"
	once keep || bad "$1: the file has not each record once"
	case $options in
	--journal*)
		once out || bad "$1: the output has not each record once"
		within told out || bad "$1: an answer that somebody has seen has changed"
		;;
	esac
}

# worn: what an earlier run has left, in the file `earlier`: answers, the second line a failure that
# may pass, the last one cut short.
worn() {
	rm -f earlier
	gem-call -q -o earlier in
	sed -i '2s/"success":true,"call":{/"error":"later","success":false,&"class":"overloaded",/; 2s/"success":true,//; $s/.\{50\}$//' earlier
	truncate -s -1 earlier
}

# fresh OPTIONS: nothing has been asked yet, or what the file `earlier` has.
fresh() {
	options=$1
	rm -f keep keep.gem-new
	: >told
	: >seen
	[ ! -e earlier ] || {
		cp earlier keep
		sed -n '1p;3p' earlier >told
	}
}

# done_with NAME: one line of TAP, with the seed that shows it again.
done_with() {
	if [ $failures = 0 ] && [ $faults -gt 0 ]; then
		echo "ok - fault: $1: $faults"
	else
		echo "not ok - fault: $1: $failures of $faults (SEED=$begin_with)"
	fi
	faults=0 failures=0 seed=$begin_with
}
