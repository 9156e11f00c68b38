// SPDX-License-Identifier: MIT
/*
 * What became of the records that came in: nothing is lost without a word.
 *
 * in = used + dropped (by a filter or a choice) + rejected + blank: a program
 * that does not add up has a bug, and says so instead of going on.
 * May call: base/buf.
 */
#ifndef STREAM_ACCOUNT_H
#define STREAM_ACCOUNT_H

#include <stdint.h>

#include "base/buf.h"

struct account {
	uint64_t in; /* blank ones included */
	uint64_t used;
	uint64_t dropped;
	uint64_t rejected;
	uint64_t untold; /* of these: not named on their own */
	uint64_t blank;
};

/* Asserts the sum, and appends it as words. */
void account_line(const struct account *a, struct buf *out);

#endif
