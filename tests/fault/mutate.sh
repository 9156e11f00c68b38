#!/bin/sh
# SPDX-License-Identifier: MIT
# The file of an earlier run, damaged: cut at every byte (or every STRIDE-th), a bit turned over, a
# line of junk, zeros at the end, a line twice. What is not damaged stays and serves; the rest is
# asked for again.
# usage: gem-sim -- sh mutate.sh STRIDE
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$(realpath "$0")")/lib.sh"
stride=$1
records=4

# damaged WHAT LEAST: the file `keep` is; so many lines of it are as they were.
damaged() {
	faults=$((faults + 1))
	before=$(requests)
	cp keep broken
	status=0
	timeout 20 gem-call -q -j $flight --journal keep in >out 2>err </dev/null || status=$?
	if [ $status = 2 ] && grep -q 'not touched' err; then
		# nothing in it is ours any more
		cmp -s keep broken || bad "$1: refused, and changed"
		[ "$2" = 0 ] || bad "$1: refused"
		return
	fi
	[ $status = 0 ] || bad "$1: status $status: $(cat err)"
	once out || bad "$1: the output has not each record once"
	whole broken | grep -axFf whole >good
	within good keep || bad "$1: a line that was whole is gone"
	within good out || bad "$1: an answer that was whole has changed"
	now=$(requests)
	[ $((now - before)) -le $((records - $2)) ] || bad "$1: what was whole is asked for again"
	gem-call -q -j $flight --journal keep in >again 2>err </dev/null || bad "$1: the third run: $(cat err)"
	within out again || bad "$1: the third run says something else"
	[ "$(requests)" = "$now" ] || bad "$1: the third run asks again"
}

# lines FILE: how many of them are right.
right() {
	grep -acxFf whole "$1"
}

asks $records
fresh '-o keep'
gem-call -q -o keep in
mv keep whole
size=$(wc -c <whole)

random "$stride"
at=$r
while [ $at -lt "$size" ]; do
	head -c $at whole >keep
	damaged "cut at byte $at" "$(head -c $at whole | wc -l)"
	at=$((at + stride))
done
done_with 'file cut short'

random "$stride"
at=$r
while [ $at -lt "$size" ]; do
	random 8
	flip $at $r <whole >keep
	damaged "bit $r of byte $at" "$(right keep)"
	at=$((at + stride))
done
done_with 'file with a bit turned over'

for place in 1 2 4; do
	for junk in '' '{' '}' 'null' '"text"' '[]' '{}' '{"id":1}' '{"id":1,"success":true}' '{"prompt":"say 1","response":"x","success":true,"call":{"fp":"0"}}' \
		"$(head -n 1 whole | cut -c 1-150)" "$(head -n 1 whole | cut -c 5-)" "$(head -c 70000 /dev/zero | tr '\0' '[')" "$(printf '\377\376\033[31m\001')"; do
		{ head -n $place whole && printf '%s\n' "$junk" && tail -n +$((place + 1)) whole; } >keep
		damaged "junk behind line $place: '$(printf %.40s "$junk")'" $records
	done
	{ head -n $place whole && head -c 5000 /dev/zero && echo && tail -n +$((place + 1)) whole; } >keep
	damaged "zeros behind line $place" $records
	{ cat whole && sed -n ${place}p whole; } >keep
	damaged "line $place twice" $records
	sed ${place}d whole >keep
	damaged "line $place gone" $((records - 1))
done
for zeros in 1 511 4096 70000; do
	{ cat whole && head -c $zeros /dev/zero; } >keep
	damaged "$zeros zeros at the end" $records
done
done_with 'file with junk in it'
