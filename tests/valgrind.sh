#!/bin/sh
# SPDX-License-Identifier: MIT
# The unit tests, and bats files with the programs, under valgrind: bytes that were never written,
# and accesses that are wrong. (Leaks are for LeakSanitizer: make asan.)
# usage: valgrind.sh BUILD BATS-FILE...
build=$(cd "$1" && pwd)
shift
status=0
export UNDER_VALGRIND=yes # what cannot be done there is left out by the tests themselves
options="-q --error-exitcode=99 --leak-check=no --suppressions=$PWD/tests/valgrind.supp"

for program in "$build"/tests/test_*; do
	case $program in
	*.* | */test_bench_limit | */test_law) continue ;; # hours
	esac
	# shellcheck disable=SC2086 # words
	output=$(timeout 300 valgrind $options "$program" 2>&1) || {
		status=1
		echo "not ok - valgrind: ${program##*/}"
		echo "$output" | grep -v '^ok' | sed 's/^/# /'
	}
done

# the programs' names, in front of which bats finds these
mkdir -p "$build/valgrind" && ln -sfn ../tests "$build/valgrind/tests"
for name in gem-call gem-merge gem-sim gem-split gem-stat; do
	printf '#!/bin/sh\nexec valgrind %s %s "$@"\n' "$options" "$build/$name" >"$build/valgrind/$name"
	chmod +x "$build/valgrind/$name"
done
for file; do
	GEM_BUILD=$build/valgrind bats --tap "tests/cli/$file.bats" </dev/null | grep -v '^ok' | sed 's/^/# /'
done >"$build/valgrind.log"
grep '^# not ok' "$build/valgrind.log" && status=1
[ $status = 0 ] && echo 'ok - valgrind'
exit $status
