#!/bin/sh
# SPDX-License-Identifier: MIT
# Each system call fails in turn (or every STRIDE-th), with the errors that it may have: the program
# says so, or goes on; it neither dies nor hangs, and the same command then completes. What an
# earlier run has left is there half of the time: an answer, a failure, a line that was cut short.
# usage: gem-sim -- sh errors.sh STRIDE
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$(realpath "$0")")/lib.sh"
stride=$1

# Of each system call that the programs make in main: the errors. None: it cannot fail, or it does
# not matter; one that does not stand here is told.
cat >calls <<'CALLS'
write EIO ENOSPC EINTR EDQUOT
writev EIO ENOSPC EINTR EDQUOT
fdatasync EIO
fsync EIO
read EIO EINTR
pread64 EIO EINTR
pwrite64 EIO ENOSPC EINTR
openat EMFILE EACCES
close EIO
flock ENOLCK
fcntl EBADF EINVAL ENOLCK
newfstatat EIO
lseek EIO
ftruncate EIO
rename EIO ENOSPC
fchmod EPERM
fchown EPERM
unlink EIO
ioctl EIO
epoll_wait EINTR
epoll_create1 EMFILE
epoll_ctl ENOMEM
poll EINTR
socket EMFILE ENOBUFS
socketpair EMFILE
connect ECONNREFUSED EINTR ENETUNREACH
sendto EINTR ECONNRESET EPIPE
recvfrom EINTR ECONNRESET ETIMEDOUT
setsockopt ENOPROTOOPT
getsockopt ENOBUFS
getsockname ENOBUFS
getpeername ENOTCONN
mmap ENOMEM
mremap ENOMEM
signalfd4 EMFILE
getrandom ENOSYS
prctl EINVAL
prlimit64 EPERM
timer_create EAGAIN
timer_settime EINVAL
timer_delete EINVAL
brk
munmap
futex
sysinfo
rt_sigaction
rt_sigprocmask
exit_group
geteuid
CALLS
cut -d ' ' -f 1 calls >names

# traced STRACE-OPTION...: the command, under strace.
traced() {
	status=0
	# shellcheck disable=SC2086 # words
	timeout 20 strace -qq "$@" $command >seen 2>err </dev/null || status=$?
}

# spoken: an error of the system has a word, and a call that was interrupted is none.
spoken() {
	[ -s err ] || bad "$what: status 2 without a word"
	[ "$error" != EINTR ] || bad "$what: $(cat err)"
}

# every BEGIN JUDGE: fails each call of the command.
every() {
	$1
	traced -o all
	sed -n '/^fcntl/,$s/(.*//p' all | sort -u | grep -vwFf names >unknown
	[ ! -s unknown ] || bad "no errors are known of $(cat unknown)"
	while read -r call errors; do
		skip=$(sed '/^fcntl/q' all | grep -c "^$call(") # by ld.so
		[ "$call" != fcntl ] || skip=3 # which descriptors are open
		total=$(grep -c "^$call(" all)
		for error in $errors; do
			random "$stride"
			at=$((skip + 1 + r))
			while [ $at -le "$total" ]; do
				what="$command: $error of $call $at"
				$1
				traced -o /dev/null -e trace="$call" -e inject="$call:error=$error:when=$at"
				$2
				at=$((at + stride))
			done
		done
	done <calls
}

# ---- calls ----

begin() {
	fresh "$options"
}

# The result of a run in which something has failed.
judge() {
	case $status in
	0 | 1 | 3 | 4) ;; # calls may have failed, and that is in the records
	2) spoken ;;
	*) bad "$what: status $status: $(head -c 300 err)" ;;
	esac
	# once a success, always there: the exit status has said so
	[ $status != 0 ] || once keep || bad "$what: status 0, and something is missing"
	if [ -e keep ] || [ -s told ]; then kept "$what"; fi
	settled "$what"
}

# refused FILE CALL ERROR: what cannot be kept or told is no success, and the program says which.
refused() {
	what="$options: $3 of $2, $1"
	fresh "$options"
	: >keep # strace asks for its place
	traced -o /dev/null -P "$work/$1" -e trace="$2" -e inject="$2:error=$3"
	[ "$status" = 2 ] || bad "$what: status $status"
	grep -Eq "^gem-call: (file 'keep'|output): " err || bad "$what: '$(cat err)'"
	settled "$what"
}

# calls OPTIONS
calls() {
	options=$1
	command="gem-call -q -j $flight $1 in"
}

asks 4
for options in '-o keep' '--journal keep'; do
	calls "$options"
	for error in EIO ENOSPC EDQUOT; do
		refused keep fdatasync $error:when=2+ # the first one is of what an earlier run has left
		refused keep fdatasync $error:when=2  # a second try would say that all is well
		for call in write close; do
			refused keep $call $error
			[ "$options" = '-o keep' ] || refused seen $call $error
		done
	done
	done_with "what is written is refused, $options"
done

for options in '-o keep' '--journal keep'; do
	calls "$options"
	rm -f earlier
	every begin judge
	done_with "system call failed, $options"
	worn
	every begin judge
	done_with "system call failed, $options, after an earlier run"
done

# ---- what reads and writes ----

begin_filter() {
	rm -f rejects
	: >seen
}

# All that was to come out has come out, or the status tells.
judge_filter() {
	faults=$((faults + 1))
	case $status in
	0) cmp -s seen right || bad "$what: status 0, and something is missing" ;;
	2) spoken ;;
	*) bad "$what: status $status: $(head -c 300 err)" ;;
	esac
}

# filter COMMAND...: one word each
filter() {
	command=$*
	$command >right </dev/null
	[ -s right ] || bad "$command: no output when nothing fails"
	for call in writev close; do
		what="$command: $call of the output" error=EIO
		traced -o /dev/null -P "$work/seen" -e trace=$call -e inject=$call:error=EIO
		[ "$status" = 2 ] || bad "$what: status $status"
		judge_filter
	done
	every begin_filter judge_filter
	done_with "system call failed, $command"
}

gem-call -q in >results
for of in 0 1; do sed "s/\"success\"/\"split\":{\"doc\":\"d\",\"n\":$of,\"of\":2},&/" results | sed -n $((of + 1))p; done >pieces
seq 20000 | sed 's/.*/{"id":"&","prompt":"say &"}/' >many # more than a buffer
filter gem-split -t '\(.prompt)' many
filter gem-split --chunk 3 --field prompt --rejects rejects in
filter gem-split -R in results
filter gem-split -w in results
filter gem-split --filter '{prompt:.prompt}' in
filter gem-merge results results
filter gem-merge -S 1K --rejects rejects results
filter gem-merge --gather pieces
filter gem-stat results
