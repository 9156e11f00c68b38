#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests and counts them: the last line is "N passed, N failed".
# usage: run.sh BUILD [unit|cli|fuzz|fault|torture|lint]...    all of them but torture without a name
build=$1
shift
[ $# -gt 0 ] || set -- lint unit fuzz fault cli

GEM_BUILD=$(cd "$build" && pwd)
export GEM_BUILD
# nothing of the caller's may decide a test
unset GEMINI_API_KEY GOOGLE_API_KEY OPENAI_API_KEY GOOGLE_GEMINI_BASE_URL GEM_MODEL
unset http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY
log=$GEM_BUILD/tests.tap
mkdir -p "$GEM_BUILD"
: >"$log"

# lint NAME COMMAND...: one test, its output shown when it fails
lint() {
	name=$1
	shift
	if output=$("$@" 2>&1); then
		echo "ok - lint: $name"
	else
		echo "not ok - lint: $name"
		echo "$output" | sed 's/^/# /'
	fi
}

lints() {
	lint 'includes go downward only' sh tests/lint/layers.sh
	lint 'calls and variables keep to their rooms' sh tests/lint/symbols.sh "$build"
	lint 'programs are hardened' sh tests/lint/binaries.sh "$build"
	lint 'functions and files are short' sh tests/lint/sizes.sh
	lint 'options, usage, man pages, completions and tests agree' sh tests/lint/options.sh "$build"
	lint 'shell scripts are clean' shellcheck tests/*.sh tests/*/*.sh .ci/run
	lint 'bats files are clean' shellcheck -s bats -e SC1003,SC2016,SC2030,SC2031,SC2088,SC2154 tests/cli/*.bats tests/cli/*.bash
	lint 'man pages are clean' sh -c '! mandoc -T lint -W warning man/*.[157] | grep -v "referenced manual not found"'
}

units() {
	for program in "$build"/tests/test_*; do
		case $program in *.*) continue ;; esac
		timeout 120 "$program" || echo "not ok - ${program##*/} ended with status $?"
	done
}

# The corpora, and some texts made from them: always the same ones.
fuzzers() {
	while read -r name runs; do
		timeout 120 "$build/fuzz/$name" -seed=1 -runs="$runs" "tests/fuzz/corpus/$name"
		status=$?
		[ $status -le 1 ] || # 1: it has said so
			echo "not ok - fuzz $name ended with status $status"
	done <<-RUNS
		scan 100000
		reader 20000
		json_path 500
		template 500
		chunk 100000
		journal 20000
		reply 20000
		record 20000
		duration 100000
	RUNS
}

# Two files at a time, the tests of a file one after the other: they share a server. Under
# sanitizers nothing else may be preloaded.
clis() {
	witness=$GEM_BUILD/tests/fault/witness.so
	[ -e "$witness" ] || witness=
	rm -rf "$GEM_BUILD/witness" && mkdir "$GEM_BUILD/witness"
	WITNESS=$GEM_BUILD/witness LD_PRELOAD=$witness \
		timeout 600 bats --tap --jobs 2 --no-parallelize-within-files tests/cli </dev/null
	status=$?
	[ $status -le 1 ] || echo "not ok - bats ended with status $status"
	# the keys of tests/cli/helper.bash and tests/wire/wire.c
	[ -z "$witness" ] || sh tests/fault/canary.sh "$GEM_BUILD/witness" \
		"$(sed -n "s/^CANARY='\(.*\)'$/\1/p" tests/cli/helper.bash)" canary-key-of-the-wire-tests
}

# fault SCRIPT ARGUMENT...: beside a simulator
fault() {
	script=$1
	shift
	timeout 3600 "$build/gem-sim" --latency 4,0.8 -- sh "tests/fault/$script.sh" "$@" ||
		echo "not ok - fault: $script ended with status $?"
}

# A sample: each time another one.
faults() {
	fault kill 20 20
	fault mutate 60
	fault oom 200
	fault errors 25
}

torture() {
	fault kill 1 "$N"
	fault mutate 1
	fault oom 1
	fault errors 1
	sh tests/fault/broken.sh "$GEM_BUILD"
}

# what takes so long shows how far it is
case " $* " in *' torture '*) V=1 ;; esac

for part; do
	case $part in
	lint) lints ;;
	unit) units ;;
	cli) clis ;;
	fuzz) fuzzers ;;
	fault) faults ;;
	torture) torture ;;
	*)
		echo "run.sh: no part '$part': unit, cli, fuzz, fault, torture or lint" >&2
		exit 2
		;;
	esac
done | tee -a "$log" | sed -un "${V:+p;d;}/^not ok/p;/^#/p"

passed=$(grep -c '^ok' "$log")
failed=$(grep -c '^not ok' "$log")
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
