// SPDX-License-Identifier: MIT
/*
 * Preloaded: a system that is odd, but within its rights.
 *
 *     ODD_SHORT=1       reads, writes, receives and sends move less than was asked for, half of
 *                       the time
 *     ODD_CLOCK=1       the wall clock jumps a year ahead and back at each look at it
 *     ODD_NAMES=none    no name is known; flap: of three questions two are not answered; the
 *                       third says that it is this machine
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define YEAR_S (365 * 86400)

/* The function that has this name without us, as a pointer of the type of `function`. */
#define REAL(function) (__extension__(__typeof__(&(function))) dlsym(RTLD_NEXT, #function))

/* The resolver asks in threads. */
static atomic_uint looks, questions, moves;

static size_t
less(size_t n)
{
	uint32_t draw = (atomic_fetch_add(&moves, 1) + 1) * 2654435761U >> 8;

	if (!getenv("ODD_SHORT") || n < 2 || draw % 2)
		return n;
	return 1 + draw / 2 % (n - 1);
}

ssize_t
read(int fd, void *bytes, size_t n)
{
	return REAL(read)(fd, bytes, less(n));
}

ssize_t
pread(int fd, void *bytes, size_t n, off_t at)
{
	return REAL(pread)(fd, bytes, less(n), at);
}

ssize_t
recv(int fd, void *bytes, size_t n, int flags)
{
	return REAL(recv)(fd, bytes, less(n), flags);
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	return REAL(write)(fd, bytes, less(n));
}

/* Of the first part that has bytes, and no more. */
ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	for (int i = 0; i < count && getenv("ODD_SHORT"); i++) {
		if (parts[i].iov_len)
			return REAL(write)(fd, parts[i].iov_base, less(parts[i].iov_len));
	}
	return REAL(writev)(fd, parts, count);
}

ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return REAL(pwrite)(fd, bytes, less(n), at);
}

ssize_t
send(int fd, const void *bytes, size_t n, int flags)
{
	return REAL(send)(fd, bytes, less(n), flags);
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	int status = REAL(clock_gettime)(clock, t);

	if (clock == CLOCK_REALTIME && getenv("ODD_CLOCK"))
		t->tv_sec += atomic_fetch_add(&looks, 1) % 2 ? -YEAR_S : YEAR_S;
	return status;
}

int
getaddrinfo(
    const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	const char *names = getenv("ODD_NAMES");

	if (names && strcmp(names, "none") == 0)
		return EAI_NONAME;
	if (names && atomic_fetch_add(&questions, 1) % 3 != 2)
		return EAI_AGAIN;
	return REAL(getaddrinfo)(names ? "127.0.0.1" : node, service, hints, result);
}
