// SPDX-License-Identifier: MIT
/*
 * Whole records to a descriptor, in blocks, checked to the last byte.
 *
 * Records are put together in `bytes` and become due with writer_end_record.
 * On a FIFO a block is written under one POSIX record lock, so that several
 * programs with one pipe (xargs -P) never interleave two records. (Not an OFD
 * lock: the children of one shell share the open file description, and with
 * it that lock.) The descriptor is never set non-blocking, since others share
 * it; when somebody else has, writes wait for it in poll(2).
 * Errors stay: after the first one every call returns -1 with its errno.
 * May call: base.
 */
#ifndef STREAM_WRITER_H
#define STREAM_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct writer {
	int fd;
	int terminal; /* the same terminal, non-blocking; -1: it is none */
	bool fifo;
	bool waits;     /* for a reader: no file */
	bool locked;    /* we hold the lock: a block is partly written */
	bool contended; /* writer_try found the lock taken: try again soon, POLLOUT says nothing */
	int error;      /* errno of the first failure */
	struct buf bytes; /* [sent, due) is due, [due, len) the record being built */
	size_t sent;
	size_t block; /* [sent, block) is being written, under the lock; 0: nothing is */
	size_t due;
};

void writer_init(struct writer *w, int fd);

/* Append the record to w->bytes, then end it: adds the newline. */
void writer_end_record(struct writer *w);
void writer_drop_record(struct writer *w); /* forgets what was appended since the last end */

/* A whole record, for one who may block; a long one is written from where it lies. 0, or -1. */
int writer_record(struct writer *w, struct slice record);

/* Writes all that is due; blocks. writer_flush_full does so only when a block has come together. */
int writer_flush(struct writer *w);
int writer_flush_full(struct writer *w);

/*
 * For event loops: writes what the descriptor takes without blocking. Returns
 * 1 when all is out, 0 when some is left (wait for the descriptor to become
 * writable), -1 with errno.
 */
int writer_try(struct writer *w);
size_t writer_pending(const struct writer *w);

/* Forgets what is due: the reader takes nothing, and will not be waited for. */
void writer_abandon(struct writer *w);

/* The reader has gone, as poll(2) says: what is written from here on fails with EPIPE. */
void writer_lost(struct writer *w);

/* The last act: flushes, closes, and reports what close(2) says. Frees the memory. */
int writer_close(struct writer *w);

#endif
