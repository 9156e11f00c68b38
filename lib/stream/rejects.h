// SPDX-License-Identifier: MIT
/*
 * Records that were rejected: kept as they came, and told of.
 *
 * With a file their bytes go there, so that it can be mended and read again: of tables, the rows
 * of one header alone.
 * Of a million bad lines the first REJECTS_TOLD are named, and the rest counted,
 * unless all shall be; and what explains a whole file is said once.
 * May call: base/buf, stream/input, stream/writer. Prints nothing: `warn` does.
 */
#ifndef STREAM_REJECTS_H
#define STREAM_REJECTS_H

#include "stream/input.h"
#include "stream/writer.h"

#define REJECTS_TOLD 10

struct rejects { /* zeroed but for `warn`: no file */
	/* set by the program */
	void (*warn)(const char *format, ...) __attribute__((format(printf, 1, 2)));
	bool tell_all;
	/* inner */
	struct writer writer;
	bool open;
	uint64_t told, untold;
	const char *hint;   /* the last one given */
	struct buf heading; /* that of the rows that are kept */
	bool told_of_heading, told_of_columns;
};

struct reject {
	const char *file; /* NULL: the reason names the record */
	uint64_t line;
	size_t column;        /* in bytes from 1; 0: unknown */
	uint64_t byte;        /* the same in the file; 0: unknown */
	struct slice raw;     /* the record's bytes; absent: they are gone */
	struct slice content; /* of the file, where they are its name; absent: they are not */
	char delimiter;       /* after them */
	struct slice heading; /* of a table: goes before its first one; absent: none */
	const char *reason;   /* NULL: that of the one before holds for this one too */
};

/* A record of the input, for a reason and, if it is not 0, in a column. */
struct reject reject_of(
    const struct input *in, const struct reader_record *at, size_t column, const char *reason);

/* Without a path nothing is kept. NULL, or why not: it is read as input, or is standard output. */
const char *rejects_open(struct rejects *r, const char *path, const struct input *input);

/* Keeps the bytes, and tells of the record unless enough have been named. */
void rejects_add(struct rejects *r, const struct reject *what);

/* Writes what has come together: before a wait, and before an end. -1 with errno. */
int rejects_flush(struct rejects *r);

/* The last act: -1 with errno when not all was written. */
int rejects_close(struct rejects *r);

#endif
