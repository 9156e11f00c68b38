// SPDX-License-Identifier: MIT
/*
 * One buffer: what is due stands in front of the record under construction. A
 * block is written from its first byte to its last under the lock.
 */
#include "stream/writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* A block: what one write should carry, and what the pipe is asked to hold. */
#define BLOCK_BYTES ((size_t)256 << 10)

/* From here on, one more system call costs less than a copy. */
#define LONG_BYTES ((size_t)32 << 10)

/*
 * A terminal that poll calls writable may block on the first byte. A description of our own can
 * be non-blocking; -1 when there is none to be had.
 */
static int
open_terminal(int fd)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void
writer_init(struct writer *w, int fd)
{
	struct stat st;

	*w = (struct writer){.fd = fd, .terminal = -1};
	if (fstat(fd, &st)) {
		w->error = errno;
		return;
	}
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		w->error = EBADF;
	if (isatty(fd))
		w->terminal = open_terminal(fd);
	w->fifo = S_ISFIFO(st.st_mode);
	w->waits = !S_ISREG(st.st_mode) && (!S_ISCHR(st.st_mode) || isatty(fd));
	if (w->fifo && fcntl(fd, F_GETPIPE_SZ) < (int)BLOCK_BYTES)
		fcntl(fd, F_SETPIPE_SZ, BLOCK_BYTES); /* a wish */
}

void
writer_end_record(struct writer *w)
{
	buf_char(&w->bytes, '\n');
	w->due = w->bytes.len;
}

void
writer_drop_record(struct writer *w)
{
	w->bytes.len = w->due;
}

static int
fail(struct writer *w, int error)
{
	w->error = error;
	errno = error;
	return -1;
}

/*
 * The lock lasts from the first byte of a block to its last. It is taken for
 * short blocks too: an atomic write of somebody else's may still fall into the
 * middle of a long one that the full pipe has cut in two.
 * Returns 1 with the lock (or without need of one), 0 when another has it.
 */
static int
take_lock(struct writer *w, bool wait)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int status;

	if (!w->fifo || w->locked)
		return 1;
	do
		status = fcntl(w->fd, wait ? F_SETLKW : F_SETLK, &lock);
	while (status < 0 && errno == EINTR);
	w->contended = status < 0 && (errno == EAGAIN || errno == EACCES);
	if (w->contended)
		return 0;
	w->locked = status == 0; /* a system without such locks: go on without */
	return 1;
}

static void
release_lock(struct writer *w)
{
	struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (w->locked)
		fcntl(w->fd, F_SETLK, &lock);
	w->locked = false;
}

/*
 * What is due now is a block: it is written as a whole under the lock, and what comes due in
 * the meantime is the next one's. 1 when there is a block to write, 0 when another has the lock.
 */
static int
begin_block(struct writer *w, bool wait)
{
	if (w->block)
		return 1;
	if (!take_lock(w, wait))
		return 0;
	w->block = w->due;
	return 1;
}

/* The block is out: what has come behind it moves to the front. */
static void
block_done(struct writer *w)
{
	release_lock(w);
	buf_drop(&w->bytes, w->block);
	w->due -= w->block;
	w->sent = w->block = 0;
}

/* Is the descriptor ready to take bytes? Waits for it when asked to. */
static bool
writable(struct writer *w, int timeout_ms)
{
	struct pollfd fd = {.fd = w->fd, .events = POLLOUT};

	return poll(&fd, 1, timeout_ms) > 0;
}

/* The bytes that have gone out, by what write(2) has returned; -1 with errno. */
static ssize_t
gone_out(struct writer *w, ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK ? 0 : fail(w, errno);
}

static int
fd_of(const struct writer *w)
{
	return w->terminal >= 0 ? w->terminal : w->fd;
}

/* The first n bytes of the parts are out. */
static void
advance(struct iovec *part, size_t n)
{
	for (; n; part++) {
		size_t step = n < part->iov_len ? n : part->iov_len;

		part->iov_base = (char *)part->iov_base + step;
		part->iov_len -= step;
		n -= step;
	}
}

/* One block of all that is due and, behind it, a record from where it lies; absent: none. */
static int
write_all(struct writer *w, struct slice record)
{
	struct iovec parts[] = {{(char *)buf_view(&w->bytes).p, w->due},
	    {(char *)record.p, record.n}, {"\n", record.p != NULL}};

	if (w->error)
		return fail(w, w->error);
	begin_block(w, true);
	w->block = w->due;
	advance(parts, w->sent);
	while (parts[0].iov_len + parts[1].iov_len + parts[2].iov_len) {
		ssize_t n = gone_out(w, writev(fd_of(w), parts, sizeof parts / sizeof *parts));

		if (n < 0)
			return -1;
		if (n == 0)
			writable(w, -1);
		advance(parts, (size_t)n);
	}
	block_done(w);
	return 0;
}

int
writer_flush(struct writer *w)
{
	return w->due || w->error ? write_all(w, (struct slice){0}) : 0;
}

int
writer_flush_full(struct writer *w)
{
	return w->due - w->sent >= BLOCK_BYTES || w->error ? writer_flush(w) : 0;
}

int
writer_record(struct writer *w, struct slice record)
{
	if (record.n >= LONG_BYTES)
		return write_all(w, record);
	buf_slice(&w->bytes, record);
	writer_end_record(w);
	return writer_flush_full(w);
}

int
writer_try(struct writer *w)
{
	if (w->error)
		return fail(w, w->error);
	if (!w->due)
		return 1;
	if (!begin_block(w, false))
		return 0;
	while (w->sent < w->block) {
		size_t left = w->block - w->sent;
		ssize_t n;

		/* a pipe that poll calls writable takes PIPE_BUF bytes without blocking */
		if (w->waits && !writable(w, 0))
			return 0;
		if (w->waits && left > PIPE_BUF)
			left = PIPE_BUF;
		n = gone_out(w, write(fd_of(w), w->bytes.data + w->sent, left));
		if (n < 0)
			return -1;
		w->sent += (size_t)n;
	}
	block_done(w); /* one block a call: others wait for the lock too */
	return !w->due;
}

size_t
writer_pending(const struct writer *w)
{
	return w->due - w->sent;
}

void
writer_abandon(struct writer *w)
{
	w->bytes.len = w->block = w->due;
	block_done(w);
}

void
writer_lost(struct writer *w)
{
	if (!w->error)
		w->error = EPIPE;
}

int
writer_close(struct writer *w)
{
	int status = writer_flush(w);

	assert(status || w->bytes.len == 0);
	release_lock(w);
	if (w->terminal >= 0)
		close(w->terminal);
	if (close(w->fd) && !w->error)
		status = fail(w, errno);
	buf_free(&w->bytes);
	if (status)
		errno = w->error;
	return status;
}
