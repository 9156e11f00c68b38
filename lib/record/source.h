// SPDX-License-Identifier: MIT
/*
 * Anything as JSON records: what gem-split reads.
 *
 * A line of NDJSON is handed out as it came, unchecked; text, files and rows
 * of CSV become objects of strings. What cannot become one is handed out as
 * rejected, with the reason and its place.
 * May call: base, text, stream.
 */
#ifndef RECORD_SOURCE_H
#define RECORD_SOURCE_H

#include "stream/input.h"
#include "stream/rejects.h"
#include "text/csv.h"

enum source_kind {
	SOURCE_NDJSON,
	SOURCE_LINES, /* {"text"} a line */
	SOURCE_NUL,   /* {"text"} up to each NUL */
	SOURCE_WHOLE, /* {"file","text"} a file */
	SOURCE_CSV,   /* an object a row; the first row of each file has the names */
	SOURCE_TSV,
};

enum source_status {
	SOURCE_RECORD,
	SOURCE_REJECTED, /* without a reason: the one given before holds for this one too */
	SOURCE_END,
};

struct source_record {
	struct slice json;       /* valid until the next call */
	const char *file;        /* its name as it was given */
	struct reader_record in; /* as it stands there */
	size_t column;           /* of what is wrong, in bytes from 1; 0: unknown */
	uint64_t byte;           /* the same in the file; 0: it follows from offset and column */
};

struct source {
	enum source_kind kind;
	struct input input;
	struct csv_header header;
	struct buf heading; /* its bytes */
	size_t header_of;   /* the file that it is of, as input.at */
	bool header_is_bad;
	char name_end;    /* set by the program: what ends the name of a whole file in a list */
	uint64_t headers; /* input.records counts them, and they are no records */
	struct buf json;  /* of all kinds but NDJSON */
};

void source_init(struct source *s, enum source_kind kind, char *const *files, size_t count,
    void (*report)(const char *name, const char *reason));
void source_free(struct source *s);

/* The next record, waited for. reason is empty or gets the reason. */
enum source_status source_next(struct source *s, struct source_record *out, struct buf *reason);

/* The record as one that is rejected; of a whole file it is the name that is kept. */
struct reject source_reject(
    const struct source *s, const struct source_record *r, const char *reason);

/* What came in so far: records handed out, rejected ones included, and blank ones. */
uint64_t source_count(const struct source *s);

#endif
