// SPDX-License-Identifier: MIT
/* System calls as they are; only a reset needs a trick. */
#include "sim/socket.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Descriptors that are not connections: standard ones, epolls, the listener, signals. */
#define OTHER_FDS 32

/* Clients may all connect at once; the kernel bounds it by net.core.somaxconn. */
#define BACKLOG 4096

int
sim_listen(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0)
		return -1;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&a, &size)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	*port = ntohs(a.sin_port);
	return fd;
}

/* connect(2) to "no address" dissolves a TCP connection; on Linux that sends a reset at once. */
void
sim_abort(int fd)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	connect(fd, &none, sizeof none);
}

unsigned
sim_connection_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur <= 2 * OTHER_FDS)
		return OTHER_FDS;
	return files.rlim_cur > INT_MAX ? INT_MAX : (unsigned)files.rlim_cur - OTHER_FDS;
}
