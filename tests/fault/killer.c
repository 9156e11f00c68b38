// SPDX-License-Identifier: MIT
/*
 * Runs a command and kills it with SIGKILL, at a system call or at a moment.
 *
 *     killer -n N COMMAND...    before the N-th call, counted from the first fcntl(2): that is the
 *                               first thing main does, and what ld.so did before is not ours
 *     killer -t US COMMAND...   after so many microseconds
 *
 * Ends with the command's status, or 137 when it was killed; a command that hangs dies with us.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What is killed here ends within a second. */
#define HANGS_S 30

static _Noreturn void
die(const char *what)
{
	perror(what);
	exit(2);
}

static _Noreturn void
run(char **command, bool traced)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		die("ptrace");
	execvp(command[0], command);
	die(command[0]);
}

static int
status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int
kill_it(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		continue;
	return status_of(status);
}

/* At the entry of a system call: is it one that counts? */
static bool
counts(pid_t pid, bool *in_main)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	*in_main |= info.entry.nr == SYS_fcntl;
	return *in_main;
}

static int
at_call(pid_t pid, long n)
{
	bool in_main = false;
	int status, number = 0;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) /* the exec */
		return status_of(status);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)number))
			die("ptrace");
		if (waitpid(pid, &status, 0) != pid)
			die("waitpid");
		if (!WIFSTOPPED(status))
			return status_of(status);
		number = WSTOPSIG(status);
		if (number != (SIGTRAP | 0x80))
			continue; /* a signal of its own: it gets it */
		number = 0;
		if (counts(pid, &in_main) && --n == 0)
			return kill_it(pid);
	}
}

static int
at_moment(pid_t pid, long us, const sigset_t *child)
{
	struct timespec wait = {us / 1000000, us % 1000000 * 1000};
	int status;

	if (sigtimedwait(child, NULL, &wait) < 0 && errno == EAGAIN)
		return kill_it(pid);
	waitpid(pid, &status, 0);
	return status_of(status);
}

int
main(int argc, char **argv)
{
	bool traced = argc > 1 && strcmp(argv[1], "-n") == 0;
	sigset_t child;
	pid_t pid;

	if (argc < 4 || (!traced && strcmp(argv[1], "-t") != 0)) {
		fputs("usage: killer -n N|-t US COMMAND...\n", stderr);
		return 2;
	}
	alarm(HANGS_S);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	pid = fork();
	if (pid == 0)
		run(argv + 3, traced);
	if (pid < 0)
		die("fork");
	return traced ? at_call(pid, atol(argv[2])) : at_moment(pid, atol(argv[2]), &child);
}
