// SPDX-License-Identifier: MIT
/*
 * A text in pieces: where to cut.
 *
 * A piece holds at most `size` characters, the overlap with the piece before
 * included. It ends at the best boundary within its second half: behind a
 * blank line, else behind a line, a sentence, a space, else between two
 * characters; never inside what a reader sees as one character (utf8_may_cut),
 * which alone may be longer than a piece. Nothing is trimmed: the pieces
 * without their overlaps, put together, are the text.
 * May call: base/buf, text/utf8.
 */
#ifndef RECORD_CHUNK_H
#define RECORD_CHUNK_H

#include <stdbool.h>

#include "base/buf.h"

struct chunk { /* bytes of the text */
	size_t start;
	size_t end;
	size_t overlap; /* so many at the start repeat the end of the piece before */
};

struct chunker {
	struct slice text; /* valid UTF-8, borrowed */
	size_t size;       /* in characters (code points), at least 1 */
	size_t overlap;    /* the same, less than size */
	struct chunk last;
	bool begun;
};

void chunker_init(struct chunker *c, struct slice text, size_t size, size_t overlap);

/* The next piece; false when the text is used up. An empty text is one empty piece. */
bool chunker_next(struct chunker *c, struct chunk *out);

/* How many pieces are to come. */
size_t chunker_count(const struct chunker *c);

#endif
