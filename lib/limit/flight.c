// SPDX-License-Identifier: MIT
/* A count for each age, and the integral over time of the calls that are awaited. */
#include "limit/flight.h"

#include <assert.h>
#include <math.h>

#define AT_LEAST 7e-3 /* seconds of a generation: this machine may stall for as long */

bool
flight_pass(struct flight *f, double now, double latency)
{
	bool ages = latency > 0 && f->silent <= FLIGHT_AGES;
	double lasts = ages ? fmax(AT_LEAST, latency) : INFINITY;
	bool over = now >= f->born + lasts, told = over && f->silent == 0;

	f->busy += f->awaited * (now - f->until);
	f->until = now;
	if (over) {
		f->generation++;
		f->silent++;
		f->awaited -= f->aged[FLIGHT_AGES - 1];
		for (int age = FLIGHT_AGES - 1; age > 0; age--)
			f->aged[age] = f->aged[age - 1];
		f->aged[0] = 0;
		f->born = now;
	}
	f->ends = f->born + lasts;
	return told;
}

struct permit
flight_start(struct flight *f, double now, double tokens)
{
	if (f->calls++ == 0)
		f->silent = 0;
	f->awaited++;
	f->aged[0]++;
	return (struct permit){now, f->awaited, f->busy, f->generation, tokens};
}

bool
flight_end(struct flight *f, const struct permit *p)
{
	unsigned age = f->generation - p->generation;

	assert(f->calls > 0);
	f->calls--;
	f->silent = 0;
	if (age >= FLIGHT_AGES)
		return true;
	f->awaited--;
	f->aged[age]--;
	return false;
}

double
flight_beside(const struct flight *f, const struct permit *p)
{
	double time = f->until - p->sent;

	return time > 0 ? (f->busy - p->busy) / time : p->in_flight;
}
