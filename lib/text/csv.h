// SPDX-License-Identifier: MIT
/*
 * CSV and TSV rows (RFC 4180): quoted fields with separators, newlines and
 * doubled quotes in them; every value is a string.
 *
 * The reader frames a row (stream/reader, READER_CSV); this file takes it apart.
 * May call: base, text/utf8, text/json_string.
 */
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include "base/buf.h"

struct csv_header {
	char separator;
	struct buf *names; /* as insides of JSON strings */
	size_t count;
};

/* Takes the first row as the names; -1 with a reason when a name is empty or stands twice. */
int csv_header_read(struct csv_header *h, char separator, struct slice row, struct buf *reason);
void csv_header_free(struct csv_header *h);

/* Appends the row as one JSON object; -1 with a reason when it has more or fewer fields. */
int csv_object(const struct csv_header *h, struct slice row, struct buf *out, struct buf *reason);

#endif
