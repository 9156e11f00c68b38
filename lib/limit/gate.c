// SPDX-License-Identifier: MIT
/* A count, a pacer and a pause: the latest of their times is the answer. */
#include "limit/gate.h"

#include <assert.h>

int64_t
gate_when(const struct gate *g, int64_t now)
{
	if (g->in_flight >= g->bound)
		return GATE_FULL;
	return pacer_when(&g->pacer, g->paused_until > now ? g->paused_until : now);
}

void
gate_enter(struct gate *g, int64_t now)
{
	assert(g->in_flight < g->bound);
	g->in_flight++;
	if (g->in_flight > g->peak)
		g->peak = g->in_flight;
	pacer_take(&g->pacer, now);
}

void
gate_leave(struct gate *g)
{
	assert(g->in_flight > 0);
	g->in_flight--;
}

void
gate_pause(struct gate *g, int64_t until)
{
	if (until > g->paused_until)
		g->paused_until = until;
}
