// SPDX-License-Identifier: MIT
/* A count for each age, and the integral of what is not overdue over time. */
#include "limit/flight.h"

#include <assert.h>
#include <math.h>

#define OVERDUE 15  /* mean latencies, or up to twice as many */
#define AT_LEAST .1 /* seconds: a pause of the machine is no sign of the server */

void
flight_pass(struct flight *f, double now, double latency)
{
	double lasts = latency > 0 ? fmax(AT_LEAST, OVERDUE * latency) : INFINITY;

	f->busy += (f->calls - f->overdue) * (now - f->until);
	f->until = now;
	if (now >= f->born + lasts) {
		f->generation++;
		f->overdue += f->young[1];
		f->young[1] = f->young[0];
		f->young[0] = 0;
		f->born = now;
	}
	f->ends = f->born + lasts;
}

struct permit
flight_start(struct flight *f, double now, double tokens)
{
	f->calls++;
	f->young[0]++;
	return (struct permit){now, f->calls - f->overdue, f->busy, f->generation, tokens};
}

bool
flight_end(struct flight *f, const struct permit *p)
{
	unsigned age = f->generation - p->generation;
	bool overdue = age > 1;

	assert(f->calls > 0);
	f->calls--;
	*(overdue ? &f->overdue : &f->young[age]) -= 1;
	return overdue;
}

double
flight_beside(const struct flight *f, const struct permit *p)
{
	double time = f->until - p->sent;

	return time > 0 ? (f->busy - p->busy) / time : p->in_flight;
}
