// SPDX-License-Identifier: MIT
/*
 * Results back into the order of the input, by call.seq, in bounded memory.
 *
 * Within one run of gem-call the numbers are dense from 0, so a result goes on
 * as soon as all before it have come, and only what is out of order is held.
 * What is beyond the budget waits in a file (stream/spill) and is parsed again.
 * Nothing is dropped: results with the same number all go on.
 *
 * Files of several runs may follow each other. A number below those that went
 * on begins another run, and what is held of the old one goes on first. Since a
 * run completes in any order, that number need not be its first line: what is
 * held of the same file is of the new run too, if nothing of this file has gone
 * on yet. (The result that went on last, once more in the same file and with
 * the same id, is a repeat and begins nothing.)
 * Records without a number are not for this room.
 * May call: base, stream/spill, record/outcome.
 */
#ifndef RECORD_ORDER_H
#define RECORD_ORDER_H

#include "base/heap.h"
#include "record/outcome.h"
#include "stream/spill.h"

/* What is held in memory by default: hundreds of thousands of answers. */
#define ORDER_BUDGET_BYTES ((size_t)256 << 20)

/* So many ranges of numbers are named. */
#define ORDER_NAMED_MAX 8

struct order_names {
	struct buf text; /* "4-6, 9" */
	size_t ranges;   /* of all, named or not */
	uint64_t count;
};

struct order {
	/* Takes the results in order; they live until it returns. */
	void (*give)(void *context, const struct outcome *o);
	void *context;
	size_t budget;          /* bytes of what is held in memory */
	struct heap held, kept; /* kept: while a run ends, what is of the next one */
	size_t held_bytes;
	uint64_t arrivals;
	struct spill spill;
	struct buf back;             /* a line that comes back from there */
	uint64_t next;               /* the number that goes on next */
	struct buf id;               /* of the result that went on last */
	size_t files;                /* of the input: results of so many have gone on, or gone by */
	struct order_names missing;  /* numbers that never came */
	struct order_names again;    /* numbers that came once more before their run was over */
	struct order_names restarts; /* numbers at which a run began in the middle of a file */
};

/*
 * Gives the result, which is of the input's file number `file`, and those that waited for it; or
 * holds a copy. -1 with errno when the spill takes no more, or does not give back what it took.
 */
int order_add(struct order *order, const struct outcome *o, size_t file);

/* The run is over: gives all that is held. The next number may be any. -1 as above. */
int order_end(struct order *order);

void order_free(struct order *order);

#endif
