#!/bin/sh
# SPDX-License-Identifier: MIT
# SIGKILL at every system call (or every STRIDE-th), and at KILLS moments; results go into a file,
# or into a file and a pipe, whose reader may be killed as well. At every system call also where an
# earlier run has left something: then the file is cut, and written anew.
# usage: gem-sim --latency 4,0.8 -- sh kill.sh STRIDE KILLS
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$(realpath "$0")")/lib.sh"
stride=$1 kills=$2

# attempt HOW MODE: a run that is killed so; its status.
attempt() {
	case $2 in
	reader)
		random "$lasts"
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

# repeated WHAT KILLS DUE: of the calls that were due, no more were made twice than were in flight.
repeated() {
	now=$(requests)
	[ $((now - before - $3)) -le $(($2 * flight)) ] || bad "$1: $((now - before)) calls"
	before=$now
}

# sweep MODE DUE: until a call is reached that the run does not make: it has ended then.
sweep() {
	random "$stride"
	at=$((r + 1))
	before=$(requests)
	while fresh "$options" && attempt "-n $at" "$1" && [ "$status" -gt 128 ]; do
		kept "call $at"
		settled "call $at"
		repeated "call $at" 1 "$2"
		at=$((at + stride))
	done
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
			random $((2 * lasts))
			attempt "-t $((r * 1000 + 500))" "$1"
			[ "$status" -gt 128 ] || break
			round=$((round + 1)) left=$((left - 1))
			kept "kill $left"
		done
		settled "$left kills before the last"
		repeated "$left kills before the last" $round 40
	done
	faults=$kills
	done_with "killed at a random moment, $1"
}

# How long a run of five takes here, in milliseconds, and half as long again: a reader must be able
# to outlive it, or a sweep would never end; and one of forty, to come through.
began=$(date +%s%3N)
asks 5
killer -n 1000000 gem-call -q -j $flight in >seen
lasts=$((($(date +%s%3N) - began) * 3 / 2 + 10))

for mode in file pipe reader; do
	options='--journal keep'
	[ $mode != file ] || options='-o keep'
	asks 5
	sweep $mode 5
	done_with "killed at every system call, $mode"
	worn
	sweep $mode 2
	done_with "killed at every system call, $mode, after an earlier run"
	rm earlier
	moments $mode
done
