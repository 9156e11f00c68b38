#!/bin/sh
# SPDX-License-Identifier: MIT
# Each system call fails in turn (or every STRIDE-th), with the errors that it may have: the program
# says so, or goes on; it neither dies nor hangs, and the same command then completes.
# usage: gem-sim -- sh errors.sh STRIDE
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$(realpath "$0")")/lib.sh"
stride=$1

# count CALL: how often the program makes it in main; `skip`: and how often before.
count() {
	rm -f trace
	fresh "$options"
	# shellcheck disable=SC2086
	strace -qq -o trace -e trace="fcntl,$1" gem-call -q -j $flight $options in >/dev/null 2>&1 </dev/null
	skip=$(sed '/^fcntl/q' trace | grep -c "^$1(")
	total=$(grep -c "^$1(" trace)
}

# The result of a run in which the AT-th CALL has failed so.
judge() {
	case $status in
	0 | 1 | 3 | 4) ;; # calls may have failed, and that is in the records
	2)
		[ -s err ] || bad "$what: status 2 without a word"
		[ "$error" != EINTR ] || bad "$what: $(cat err)" # it is no error
		;;
	*) bad "$what: status $status: $(head -c 300 err)" ;;
	esac
	# once a success, always there: the exit status has said so
	[ $status != 0 ] || once keep || bad "$what: status 0, and something is missing"
	[ ! -e keep ] || kept "$what"
}

# fail CALL ERROR...
fail() {
	call=$1
	shift
	count "$call"
	for error; do
		random "$stride"
		at=$((skip + 1 + r))
		while [ $at -le "$total" ]; do
			what="$options: $error of $call $at"
			fresh "$options"
			status=0
			# shellcheck disable=SC2086
			timeout 20 strace -qq -o /dev/null -e trace="$call" -e inject="$call:error=$error:when=$at" \
				gem-call -q -j $flight $options in >seen 2>err </dev/null || status=$?
			judge
			settled "$what"
			at=$((at + stride))
		done
	done
}

# refused FILE CALL ERROR: what cannot be kept or told is no success, and the program says which.
refused() {
	what="$options: $3 of $2, $1"
	fresh "$options"
	status=0
	: >keep # strace asks for its place
	# shellcheck disable=SC2086
	timeout 20 strace -qq -o /dev/null -P "$work/$1" -e trace="$2" -e inject="$2:error=$3" \
		gem-call -q -j $flight $options in >seen 2>err </dev/null || status=$?
	[ "$status" = 2 ] || bad "$what: status $status"
	grep -Eq "^gem-call: (file 'keep'|output): " err || bad "$what: '$(cat err)'"
	settled "$what"
}

asks 4
for options in '-o keep' '--journal keep'; do
	for error in EIO ENOSPC EDQUOT; do
		refused keep fdatasync $error:when=2+ # the first one is of what an earlier run has left
		for call in write close; do
			refused keep $call $error
			[ "$options" = '-o keep' ] || refused seen $call $error
		done
	done
	done_with "what is written is refused, $options"
done
for options in '-o keep' '--journal keep'; do
	fail write EIO ENOSPC EINTR EDQUOT
	fail fdatasync EIO
	fail fsync EIO
	fail read EIO EINTR
	fail openat EMFILE EACCES
	fail close EIO
	fail flock ENOLCK
	fail newfstatat EIO
	fail lseek EIO
	fail epoll_wait EINTR
	fail epoll_create1 EMFILE
	fail epoll_ctl ENOMEM
	fail poll EINTR
	fail socket EMFILE ENOBUFS
	fail connect ECONNREFUSED EINTR ENETUNREACH
	fail sendto EINTR ECONNRESET EPIPE
	fail recvfrom EINTR ECONNRESET ETIMEDOUT
	fail mmap ENOMEM
	fail signalfd4 EMFILE
	fail getrandom ENOSYS
	done_with "system call failed, $options"
done
