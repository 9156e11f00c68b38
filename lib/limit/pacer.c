// SPDX-License-Identifier: MIT
/* The time of the next start moves on by one interval with each start. */
#include "limit/pacer.h"

#include <stdbool.h>

void
pacer_init(struct pacer *p, double per_second, int64_t min_gap_ms)
{
	double interval = per_second > 0 ? 1000 / per_second : 0;
	double gap = (double)min_gap_ms;

	*p = (struct pacer){.interval_ms = interval > gap ? interval : gap};
}

int64_t
pacer_when(const struct pacer *p, int64_t now)
{
	int64_t next = (int64_t)p->next_ms;

	next += (double)next < p->next_ms; /* rounded up */
	return p->interval_ms > 0 && next > now ? next : now;
}

void
pacer_take(struct pacer *p, int64_t now)
{
	bool late = p->next_ms > (double)now - PACER_SLACK_MS;

	if (p->interval_ms > 0)
		p->next_ms = (late ? p->next_ms : (double)now) + p->interval_ms;
}
