// SPDX-License-Identifier: MIT
/*
 * Records from a descriptor: read in blocks, handed out as slices.
 *
 * reader_next gives what is in the buffer and never reads; reader_fill reads
 * once and may block. A loop of the two sees every record as soon as its last
 * byte has come, and a caller with an event loop of its own calls reader_fill
 * only when the descriptor is readable. A record longer than the ceiling is
 * handed out as READER_TOO_LONG once, its bytes dropped, and reading goes on
 * behind it. A byte order mark at the start of the stream is dropped.
 * May call: base.
 */
#ifndef STREAM_READER_H
#define STREAM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* The default ceiling of one record, and what is said of one beyond it. */
#define READER_RECORD_MAX ((size_t)64 << 20)
#define READER_OVER_MAX "the record is longer than its ceiling of 64 MiB"

enum reader_mode {
	READER_LINE,  /* up to \n, which is dropped, as is one \r before it */
	READER_NUL,   /* up to \0 */
	READER_WHOLE, /* all of it is one record, also when it is empty */
	READER_CSV,   /* up to a \n outside a quoted field */
	READER_TSV,
};

enum reader_status {
	READER_RECORD,
	READER_TOO_LONG, /* p and n are of no use */
	READER_MORE,     /* no whole record in the buffer: fill */
	READER_END,
};

enum reader_quote {
	QUOTE_NONE, /* the field is not quoted: a quote in it stands for itself */
	QUOTE_OPEN,
	QUOTE_CLOSED, /* by the last byte, unless the next one is a quote too */
};

struct reader_record {
	const char *p; /* valid until the next call of reader_fill */
	size_t n;
	uint64_t line;    /* of its first byte, from 1; for READER_NUL the record's number */
	uint64_t offset;  /* of its first byte in the stream */
	struct slice raw; /* the record with the mark before it and the \r behind it */
};

struct reader {
	int fd;
	enum reader_mode mode;
	size_t record_max;
	uint64_t left;    /* bytes that may still be read: reader_init sets no bound */
	struct buf bytes; /* what has been read */
	size_t start;     /* the first byte not handed out */
	size_t scanned;   /* up to here no delimiter was found */
	uint64_t line;
	uint64_t offset;
	enum reader_quote quote; /* of the field that the scan stands in */
	bool skipping;           /* inside a record that is too long */
	uint64_t skipped;        /* its bytes that were dropped … */
	uint64_t skipped_lines;  /* … and the lines that ended in them */
	bool ended;
	bool given; /* READER_WHOLE: the record has been handed out */
};

/* The descriptor stays the caller's. A record_max of 0 is none. */
void reader_init(struct reader *r, int fd, enum reader_mode mode, size_t record_max);
void reader_free(struct reader *r);

/*
 * One read(2): 1 when bytes came or a non-blocking descriptor has none yet, 0
 * at the end, -1 with errno. EINTR is tried again.
 */
int reader_fill(struct reader *r);

/* Ends the input behind an error: a record that it has cut off is none. */
void reader_abandon(struct reader *r);

enum reader_status reader_next(struct reader *r, struct reader_record *out);

#endif
