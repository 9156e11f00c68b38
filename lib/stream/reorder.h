// SPDX-License-Identifier: MIT
/*
 * Records back into the order of their sequence numbers.
 *
 * A ring of slots for [next, next + capacity), which grows as needed: what
 * bounds it is the caller, who does not let numbers run further ahead than its
 * window. Bytes are copied in and handed out again in order.
 * May call: base.
 */
#ifndef STREAM_REORDER_H
#define STREAM_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct reorder_slot {
	struct buf bytes;
	bool present;
};

struct reorder {
	struct reorder_slot *slots; /* slot of n: n & (cap - 1) */
	size_t cap;
	uint64_t next; /* the number that comes out next */
	size_t held;
};

void reorder_free(struct reorder *r);

/* Takes a copy. A number is put once. */
void reorder_put(struct reorder *r, uint64_t number, struct slice bytes);

/* The record of number `next`, if it is there; valid until the next call. */
bool reorder_next(struct reorder *r, struct slice *out);

/* Steps over the gap before the next record that is held; false: none is. */
bool reorder_skip_gap(struct reorder *r);

#endif
