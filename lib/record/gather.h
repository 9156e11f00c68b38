// SPDX-License-Identifier: MIT
/*
 * Pieces back into their documents.
 *
 * A piece says in `split` which one it is, of how many, and of which document:
 * its id, and its file and line of the input (and result of a filter). A
 * document is complete when all its pieces have come and succeeded; then they
 * are joined: answers with a separator between them, a field of the pieces'
 * own text with the overlaps taken off, so that it is the document's text
 * again, byte for byte. What is missing, failed or does not fit is an error
 * that names the piece, never a silent hole. A success takes the place of what
 * came before it for the same piece.
 * Memory is that of the texts of what is not complete, and of all ids.
 * May call: base, text, record/outcome, record/piece.
 */
#ifndef RECORD_GATHER_H
#define RECORD_GATHER_H

#include <sys/queue.h>

#include "record/outcome.h"

struct group;

struct gather {
	const char *field;        /* what is joined: "response", or a field with the piece's text */
	struct slice separator;   /* between the pieces */
	void *groups;             /* a tree (tsearch) of all documents met, by id */
	TAILQ_HEAD(, group) open; /* those that are not done, oldest first */
	uint64_t repeated;        /* pieces that came after their document was complete */
};

/*
 * Joins the field (NULL: "response"), with the separator (NULL: what is usual
 * there) between the pieces. NULL, or what is wrong with these options.
 */
const char *gather_init(struct gather *g, const char *field, const char *separator);

/*
 * Takes a piece in. True when it completes its document, whose record is
 * appended to `line`. *problem is NULL, or says why the piece was not taken.
 */
bool gather_add(struct gather *g, const struct outcome *o, struct buf *line, const char **problem);

/* At the end: the next document that is not complete, as an error record; false: no more. */
bool gather_incomplete(struct gather *g, struct buf *line);
void gather_free(struct gather *g);

#endif
