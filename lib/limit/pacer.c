// SPDX-License-Identifier: MIT
/* The time of the next start moves on by one interval with each start. */
#include "limit/pacer.h"

#include <math.h>
#include <stdbool.h>

void
pacer_init(struct pacer *p, double per_second, int64_t min_gap_ms)
{
	double interval = per_second > 0 ? 1000 / per_second : 0;

	*p = (struct pacer){.interval_ms = fmax(interval, (double)min_gap_ms)};
}

int64_t
pacer_when(const struct pacer *p, int64_t now)
{
	return p->interval_ms > 0 && p->next_ms > (double)now ? (int64_t)ceil(p->next_ms) : now;
}

void
pacer_take(struct pacer *p, int64_t now)
{
	bool late = p->next_ms > (double)now - PACER_SLACK_MS;

	if (p->interval_ms > 0)
		p->next_ms = (late ? p->next_ms : (double)now) + p->interval_ms;
}
