// SPDX-License-Identifier: MIT
/*
 * Preloaded: what the programs that have a key to keep write anywhere but into a socket (standard
 * output, standard error, files, journals) is written once more, into a file of each process in
 * the folder WITNESS, where it can be looked through.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

typedef ssize_t writer(int fd, const void *bytes, size_t n);
typedef ssize_t vector_writer(int fd, const struct iovec *parts, int count);
typedef ssize_t placed_writer(int fd, const void *bytes, size_t n, off_t offset);

static writer *
real_write(void)
{
	writer *next;

	*(void **)&next = dlsym(RTLD_NEXT, "write");
	return next;
}

static bool
is_watched(int fd)
{
	struct stat st;
	const char *name = program_invocation_short_name;

	return (strcmp(name, "gem-call") == 0 || strcmp(name, "gem-sim") == 0) &&
	       fstat(fd, &st) == 0 && !S_ISSOCK(st.st_mode);
}

static void
keep(int fd, const void *bytes, ssize_t n)
{
	const char *folder = getenv("WITNESS");
	int error = errno, copy;
	char path[4096];

	if (n <= 0 || !folder || !is_watched(fd))
		return;
	snprintf(path, sizeof path, "%s/%s.%d", folder, program_invocation_short_name, getpid());
	copy = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (copy < 0)
		abort(); /* a test that nobody has watched proves nothing */
	if (real_write()(copy, bytes, (size_t)n) < 0 && errno != EFBIG)
		abort(); /* (a test may bound its files) */
	close(copy);
	errno = error;
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	ssize_t done = real_write()(fd, bytes, n);

	keep(fd, bytes, done);
	return done;
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	vector_writer *next;
	ssize_t done, left;

	*(void **)&next = dlsym(RTLD_NEXT, "writev");
	left = done = next(fd, parts, count);
	for (int i = 0; i < count && left > 0; left -= (ssize_t)parts[i++].iov_len)
		keep(fd, parts[i].iov_base,
		    left < (ssize_t)parts[i].iov_len ? left : (ssize_t)parts[i].iov_len);
	return done;
}

ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	placed_writer *next;
	ssize_t done;

	*(void **)&next = dlsym(RTLD_NEXT, "pwrite");
	done = next(fd, bytes, n, offset);
	keep(fd, bytes, done);
	return done;
}
