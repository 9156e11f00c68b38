// SPDX-License-Identifier: MIT
/*
 * measure COMMAND...: what one program and the children that it waits for take.
 *
 * Writes "cpu wall rss" to descriptor 3, which the command does not see: seconds
 * of user and system time, seconds, and bytes of memory at the peak. Ends with
 * the command's status. (The peak is never below this program's own at the
 * fork, which the kernel counts in.)
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define FIGURES 3

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	int64_t start = clock_us();
	struct rusage used;
	int status;
	pid_t child;

	if (argc < 2 || fcntl(FIGURES, F_SETFD, FD_CLOEXEC) < 0) {
		fputs("usage: measure COMMAND... 3>FILE\n", stderr);
		return 2;
	}
	child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) < 0) {
		perror("measure");
		return 2;
	}
	dprintf(FIGURES, "%.6f %.6f %ld\n", seconds(used.ru_utime) + seconds(used.ru_stime),
	    (double)(clock_us() - start) / 1e6, used.ru_maxrss * 1024);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
