#!/bin/sh
# SPDX-License-Identifier: MIT
# SIGKILL at every system call (or every STRIDE-th), and at KILLS moments; results go into a file,
# or into a file and a pipe, whose reader may be killed as well.
# usage: gem-sim --latency 4,0.8 -- sh kill.sh STRIDE KILLS
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$(realpath "$0")")/lib.sh"
stride=$1 kills=$2

# attempt HOW MODE: a run that is killed so; its status.
attempt() {
	case $2 in
	reader)
		random 30
		# shellcheck disable=SC2086
		{ killer $1 gem-call -q -j $flight $options in 2>err; echo $? >status; } | killer -t $((r * 1000 + 1)) cat >seen
		;;
	*)
		# shellcheck disable=SC2086
		{ killer $1 gem-call -q -j $flight $options in 2>err; echo $? >status; } | cat >seen
		;;
	esac
	status=$(cat status)
	case $status in
	0 | 137 | 141) ;; # it has ended, was killed, has lost its reader
	*) bad "$1: status $status: $(cat err)" ;;
	esac
}

# repeated WHAT KILLS: no more calls were made twice than were in flight.
repeated() {
	now=$(requests)
	[ $((now - before - $(wc -l <ids))) -le $(($2 * flight)) ] || bad "$1: $((now - before)) calls"
	before=$now
}

# Until a call is reached that the run does not make: it has ended then.
sweep() {
	random "$stride"
	at=$((r + 1))
	asks 5
	before=$(requests)
	while fresh "$options" && attempt "-n $at" "$1" && [ "$status" -gt 128 ]; do
		kept "call $at"
		settled "call $at"
		repeated "call $at" 1
		at=$((at + stride))
	done
	done_with "killed at every system call, $1"
}

# Runs of 40 records, killed again and again until one comes through.
moments() {
	left=$kills
	asks 40
	before=$(requests)
	while [ "$left" -gt 0 ]; do
		fresh "$options"
		round=0
		while [ "$left" -gt 0 ]; do
			random 60
			attempt "-t $((r * 1000 + 500))" "$1"
			[ "$status" -gt 128 ] || break
			round=$((round + 1)) left=$((left - 1))
			kept "kill $left"
		done
		settled "$left kills before the last"
		repeated "$left kills before the last" $round
	done
	faults=$kills
	done_with "killed at a random moment, $1"
}

for mode in file pipe reader; do
	options='--journal keep'
	[ $mode != file ] || options='-o keep'
	sweep $mode
	moments $mode
done
