// SPDX-License-Identifier: MIT
/*
 * Pieces back into their documents.
 *
 * A piece says in `split` which one it is and of how many. A document is
 * complete when all its pieces have come and succeeded; then they are joined:
 * answers with a separator between them, a field of the pieces' own text by
 * its byte ranges, with the overlaps taken off, so that it is the document's
 * text again. What is missing, failed or does not fit is an error that names
 * the piece, never a silent hole; a success takes the place of a failure of
 * the same piece that came before it.
 * May call: base, text, record/outcome.
 */
#ifndef RECORD_GATHER_H
#define RECORD_GATHER_H

#include "record/outcome.h"

struct group;

struct gather {
	const char *field;      /* what is joined: "response", or a field with the piece's text */
	struct slice separator; /* between answers */
	void *groups;           /* a tree (tsearch) of all documents met, by id */
	struct group *first, *last; /* those that are not done, oldest first */
};

/*
 * Takes a piece in: o->split is an object. True when it completes its document,
 * whose record is appended to `line`. *problem is set when
 * `split` makes no sense; the piece is then not taken.
 */
bool gather_add(struct gather *g, const struct outcome *o, struct buf *line, const char **problem);

/* At the end: the next document that is not complete, as an error record; false: no more. */
bool gather_incomplete(struct gather *g, struct buf *line);
void gather_free(struct gather *g);

#endif
