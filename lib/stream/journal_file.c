// SPDX-License-Identifier: MIT
/* Every call is checked; what a system cannot do (sync a folder) is not asked again. */
#include "stream/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "stream/file.h"

/* One read or write while looking for a newline or copying. */
#define BLOCK_BYTES 65536

/* Of the file, beside it, that is to take its place. A kill may leave one. */
#define NEW_SUFFIX ".gem-new"

static int
refuse(int fd, struct buf *reason, const char *why)
{
	buf_str(reason, why);
	close(fd);
	return -1;
}

bool
journal_file_is_gone(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) || lstat(path, &theirs) || !file_is_same(&ours, &theirs);
}

/* Ours alone, or EWOULDBLOCK. It ends with the descriptor. */
static int
lock(int fd)
{
	int status;

	do {
		status = flock(fd, LOCK_EX | LOCK_NB);
	} while (status && errno == EINTR);
	return status;
}

int
journal_file_open(const char *path, struct buf *reason)
{
	int fd = open(path,
	    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0) {
		buf_str(
		    reason, errno == ELOOP ? "a symbolic link is not followed" : strerror(errno));
		return -1;
	}
	if (fstat(fd, &st))
		return refuse(fd, reason, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(fd, reason, "not a regular file");
	if (st.st_uid != geteuid()) /* who could read the prompts, and write the answers */
		return refuse(fd, reason, "it belongs to another user");
	if (lock(fd))
		return refuse(fd, reason,
		    errno == EWOULDBLOCK ? "another run is writing it: each needs one of its own"
					 : strerror(errno));
	if (journal_file_is_gone(fd, path))
		return refuse(fd, reason, "another run has just replaced it");
	return fd;
}

/* Behind the last newline before `end`: what is read for it stands in `block`. -1 with errno. */
static int
find_whole(int fd, uint64_t end, uint64_t *whole, struct buf *block)
{
	while (end) {
		size_t n = end < BLOCK_BYTES ? (size_t)end : BLOCK_BYTES;
		const char *newline;

		buf_reset(block);
		if (file_read_at(fd, end - n, n, block))
			return -1;
		newline = memrchr(block->data, '\n', n);
		end -= n;
		if (newline) {
			end += (size_t)(newline + 1 - block->data);
			break;
		}
	}
	*whole = end;
	return 0;
}

int
journal_file_size(int fd, uint64_t *size, uint64_t *whole)
{
	struct buf block = {0};
	struct stat st;
	int status;

	if (fstat(fd, &st))
		return -1;
	*size = (uint64_t)st.st_size;
	status = find_whole(fd, *size, whole, &block);
	buf_free(&block);
	return status;
}

static int
write_all(int fd, struct slice bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			bytes.p += n;
			bytes.n -= (size_t)n;
		}
	}
	return 0;
}

int
journal_file_append(int fd, struct slice bytes)
{
	struct stat before;
	int error, status;

	if (fstat(fd, &before))
		return -1;
	if (!write_all(fd, bytes))
		return 0;
	error = errno;
	status = ftruncate(fd, before.st_size);
	errno = error;
	return status ? status : -1;
}

int
journal_file_sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct buf folder = {0};
	int fd, status;

	buf_add(&folder, path, slash ? (size_t)(slash - path) + 1 : 0);
	fd = open(folder.len ? folder.data : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_free(&folder);
	if (fd < 0)
		return 0; /* one that may not be read cannot be synced */
	status = fsync(fd);
	if (status && errno == EINVAL)
		status = 0;
	close(fd);
	return status;
}

static void
name_new(struct buf *name, const char *path)
{
	buf_printf(name, "%s" NEW_SUFFIX, path);
}

/* The group and the mode; what a group may do is no other group's right. */
static int
make_like(int fd, const struct stat *st)
{
	mode_t mode = st->st_mode & 07777;

	if (fchown(fd, (uid_t)-1, st->st_gid))
		mode &= ~(mode_t)S_IRWXG;
	return fchmod(fd, mode);
}

void
journal_copy_begin(struct journal_copy *c, const char *path)
{
	struct buf name = {0};
	struct stat st;

	name_new(&name, path);
	unlink(name.data);
	c->to = open(name.data, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (c->to < 0 || fstat(c->from, &st) || make_like(c->to, &st))
		c->error = errno;
	buf_free(&name);
}

void
journal_copy_until(struct journal_copy *c, uint64_t end)
{
	struct buf block = {0};

	while (!c->error && c->at < end) {
		size_t n = end - c->at < BLOCK_BYTES ? (size_t)(end - c->at) : BLOCK_BYTES;

		buf_reset(&block);
		if (file_read_at(c->from, c->at, n, &block) || write_all(c->to, buf_view(&block)))
			c->error = errno;
		c->at += n;
	}
	buf_free(&block);
}

int
journal_copy_end(struct journal_copy *c, const char *path)
{
	struct buf name = {0};

	name_new(&name, path);
	if (!c->error &&
	    (fsync(c->to) || rename(name.data, path) || journal_file_sync_folder(path)))
		c->error = errno;
	if (c->error)
		unlink(name.data);
	buf_free(&name);
	close(c->to);
	errno = c->error;
	return c->error ? -1 : 0;
}
