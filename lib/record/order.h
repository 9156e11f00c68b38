// SPDX-License-Identifier: MIT
/*
 * Results back into the order of the input, by call.seq.
 *
 * Within one run of gem-call the numbers are dense from 0, so a result goes on
 * as soon as all before it have come, and only what is out of order is held. A
 * number that has been there before means that another run begins (files put
 * one after the other): what is held goes on first, gaps counted. Records
 * without a number go on as they come.
 * May call: base, stream/reorder.
 */
#ifndef RECORD_ORDER_H
#define RECORD_ORDER_H

#include "stream/reorder.h"

struct order {
	struct reorder ring;
	uint64_t gaps; /* numbers that never came, so far */
};

/* May the record with this number go on at once? If not, its bytes are held. */
bool order_put(struct order *o, uint64_t seq, struct slice line);

/* The next one that was held and may go on now; at_end: whatever is missing before it. */
bool order_next(struct order *o, bool at_end, struct slice *line);
void order_free(struct order *o);

/* Does this number begin another run? Then drain with at_end, and call order_restart. */
bool order_restarts(const struct order *o, uint64_t seq);
void order_restart(struct order *o);

#endif
