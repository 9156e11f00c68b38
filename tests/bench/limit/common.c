// SPDX-License-Identifier: MIT
/* See common.h. */
#include "common.h"

double
common_when(void *state, double now)
{
	const struct common *c = state;

	if (c->in_flight >= fmax(1, floor(c->limit)))
		return INFINITY;
	return c->pause > now ? c->pause : now;
}

void
common_sent(void *state, double now, struct permit *permit)
{
	struct common *c = state;

	*permit = (struct permit){.sent = now, .in_flight = ++c->in_flight};
}

double
common_limit(const void *state)
{
	return ((const struct common *)state)->limit;
}

bool
refused(const struct feedback *o)
{
	return o->load == LOAD_RATE || o->load == LOAD_BUSY;
}
