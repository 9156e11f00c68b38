// SPDX-License-Identifier: MIT
#include "record/order.h"

/* A number further ahead than this is no run of gem-call's: it must not cost memory. */
#define AHEAD_MAX ((uint64_t)1 << 24)

bool
order_restarts(const struct order *o, uint64_t seq)
{
	return seq < o->ring.next || seq - o->ring.next > AHEAD_MAX || reorder_holds(&o->ring, seq);
}

void
order_restart(struct order *o)
{
	reorder_free(&o->ring);
}

bool
order_put(struct order *o, uint64_t seq, struct slice line)
{
	if (seq - o->ring.next > AHEAD_MAX)
		o->ring.next = seq; /* after a restart that did not help */
	if (seq != o->ring.next) {
		reorder_put(&o->ring, seq, line);
		return false;
	}
	o->ring.next++;
	return true;
}

bool
order_next(struct order *o, bool at_end, struct slice *line)
{
	if (at_end)
		o->gaps += reorder_skip_gap(&o->ring);
	return reorder_next(&o->ring, line);
}

void
order_free(struct order *o)
{
	reorder_free(&o->ring);
}
