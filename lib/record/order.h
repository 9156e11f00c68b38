// SPDX-License-Identifier: MIT
/*
 * Results back into the order of the input, by call.seq.
 *
 * Within one run of gem-call the numbers are dense from 0, so a result goes on
 * as soon as all before it have come, and only what is out of order is held:
 * memory follows what is held, however wide the gaps are. A number that has
 * been there before means that another run begins (files put one after the
 * other): what is held goes on first, in order, gaps counted. Records without
 * a number are not for this room: they go on as they come.
 * May call: base.
 */
#ifndef RECORD_ORDER_H
#define RECORD_ORDER_H

#include <stdint.h>

#include "base/buf.h"

struct order {
	void (*give)(void *context, struct slice line); /* takes the lines in order */
	void *context;
	void *held;    /* a tree of lines by number (tsearch) */
	uint64_t next; /* the number that goes on next */
	uint64_t gaps; /* numbers that never came, so far */
};

/* Gives the line, and those that waited for it, or holds a copy. */
void order_add(struct order *o, uint64_t seq, struct slice line);

/* The run is over: gives all that is held. The next number may be any. */
void order_end(struct order *o);

void order_free(struct order *o);

#endif
