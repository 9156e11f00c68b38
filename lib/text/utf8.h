// SPDX-License-Identifier: MIT
/*
 * UTF-8 (RFC 3629): validation, decoding, and where a text may be cut.
 * May call: base/buf.
 */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* The length of the sequence at p, 1 to 4, or 0 when it is not valid UTF-8. */
size_t utf8_length(const char *p, const char *end);

/* The offset of the first byte that is not valid UTF-8, or n. */
size_t utf8_invalid(const char *p, size_t n);

bool utf8_is_valid(struct slice text);

/* Decodes one valid sequence and moves *p behind it. */
uint32_t utf8_next(const char **p);

/* Appends a code point; a surrogate becomes U+FFFD. */
void utf8_put(struct buf *out, uint32_t code);

/*
 * May a cut stand between `before` and `after`? False inside what a reader
 * sees as one character: CR LF, combining marks, variation selectors, joiners,
 * emoji modifiers, Hangul syllables, and the halves of a flag when `flags` (the
 * number of regional indicators right before the cut) is odd. After UAX #29,
 * by the ranges that matter in practice.
 */
bool utf8_may_cut(uint32_t before, uint32_t after, size_t flags);

#endif
