// SPDX-License-Identifier: MIT
/*
 * A piece of a document: what its `split` says, and what it adds.
 *
 * Of a response it is all of it. Of a field with the piece's own text it is
 * that without the bytes that repeat the end of the piece before; and a text
 * that is not the one that `split` tells of is refused, because the document
 * could not come back byte for byte.
 * May call: base, text, record/outcome.
 */
#ifndef RECORD_PIECE_H
#define RECORD_PIECE_H

#include "record/outcome.h"

struct piece_place {
	struct json_value doc; /* the document's id */
	struct slice file;     /* a JSON token; empty: not said */
	int64_t line;          /* of the input; -1: not said */
	int64_t result;        /* of the filter, on that line; -1: the first */
	size_t n;              /* from 0 */
	size_t of;             /* 0: not said */
};

enum piece_state {
	PIECE_MISSING,
	PIECE_FAILED,
	PIECE_PRESENT,
};

struct piece {
	size_t n;
	enum piece_state state;
	struct buf text;    /* an inside: what it adds; PIECE_FAILED: the reason */
	int64_t start, end; /* bytes of the document; -1: not said */
	int64_t overlap;    /* bytes at the start that the piece before has too */
};

/* Has it the number of a piece? A document that has been gathered has none. */
bool piece_is_one(const struct outcome *o);

/* NULL, or what is wrong with `split`. */
const char *piece_place(const struct outcome *o, struct piece_place *out);

/* The text is the caller's to free. */
struct piece piece_read(const struct outcome *o, const char *field);

/*
 * The pieces of a document: a tree (tsearch) by number, at first NULL. The
 * piece of that number, which is a new, empty one if it was not there.
 */
struct piece *piece_add(void **pieces, size_t n);
const struct piece *piece_at(void *pieces, size_t n); /* PIECE_MISSING: it is not there */
void piece_free_all(void **pieces);

#endif
