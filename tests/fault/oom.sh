#!/bin/sh
# SPDX-License-Identifier: MIT
# The n-th allocation fails, for every n (or every STRIDE-th): the program ends with status 2 and
# says something, or goes on without loss; it never dies of it, and the same command then completes.
# usage: gem-sim -- sh oom.sh STRIDE
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$(realpath "$0")")/lib.sh"
stride=$1
shim=$GEM_BUILD/tests/fault/oom.so

# count COMMAND...: how many allocations it makes.
count() {
	LD_PRELOAD=$shim OOM_COUNT=count "$@" >/dev/null 2>&1 </dev/null
	cat count
}

# failing N COMMAND...: its status without the N-th.
failing() {
	at=$1
	shift
	status=0
	LD_PRELOAD=$shim OOM_AT=$at timeout 20 "$@" >out 2>err </dev/null || status=$?
	case $status in
	0 | 1) ;;
	2) [ -s err ] || bad "allocation $at: status 2 without a word" ;;
	*) bad "allocation $at: status $status: $(head -c 300 err)" ;;
	esac
}

calls() {
	asks 3
	fresh "$1"
	# shellcheck disable=SC2086
	total=$(count gem-call -q -j $flight $1 in)
	random "$stride"
	at=$((r + 1))
	while [ "$at" -le "$total" ]; do
		fresh "$1"
		# shellcheck disable=SC2086
		failing "$at" gem-call -q -j $flight $1 in
		[ "$1" = '-o keep' ] || cp out seen
		[ ! -e keep ] || kept "allocation $at"
		settled "allocation $at"
		at=$((at + stride))
	done
	done_with "allocation failed, gem-call $1, of $total"
}

# filter STRIDE COMMAND...: all that was to come out has come out, or the status tells. What is
# allocated first, before libjq compiles for long, fails each time.
filter() {
	step=$1
	shift
	total=$(count "$@")
	"$@" >right 2>/dev/null </dev/null
	[ -s right ] || bad 'no output when nothing fails'
	random "$step"
	at=1
	while [ "$at" -le "$total" ]; do
		faults=$((faults + 1))
		failing "$at" "$@"
		[ $status != 0 ] || cmp -s out right || bad "allocation $at: status 0, and something is missing"
		[ "$at" != 64 ] || at=$((at + r))
		at=$((at + (at < 64 ? 1 : step)))
	done
	done_with "allocation failed, $1 $2, of $total"
}

calls '-o keep'
calls '--journal keep'
gem-call -q in >results
filter 1 gem-split -t 'Say \(.prompt)' in
filter "$stride" gem-split --filter '{prompt: .prompt, id: .id}' in
filter 1 gem-merge results
filter "$stride" gem-merge --filter '{id, response}' results
filter 1 gem-stat results
