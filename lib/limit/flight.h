// SPDX-License-Identifier: MIT
/*
 * The calls in flight, by age: how many, how many were beside a call on average,
 * and how many are overdue, so that no answer to them is expected any more.
 *
 * Age is counted in generations of 15 mean latencies: what is left of one when
 * the next but one begins is overdue, without a list of all. Of log-normal
 * latencies (sigma .8) those are one call in 10,000; of what a server has
 * forgotten, all.
 * Seconds on the caller's clock.
 */
#ifndef LIMIT_FLIGHT_H
#define LIMIT_FLIGHT_H

#include <stdbool.h>

struct flight { /* zeroed: none */
	double calls;
	double overdue;     /* of them */
	double busy, until; /* seconds that the others were in flight, all added up until then */
	unsigned generation;
	double young[2];   /* calls of this generation, and of the one before */
	double born, ends; /* this generation; INFINITY: not known yet */
};

struct permit { /* kept with the call */
	double sent;
	double in_flight; /* then, itself included, without those that are overdue */
	double busy;      /* then */
	unsigned generation;
	double tokens; /* estimated */
};

/* Before the others, whenever time has passed. The mean latency is 0 while none is known. */
void flight_pass(struct flight *f, double now, double latency);

struct permit flight_start(struct flight *f, double now, double tokens);
bool flight_end(struct flight *f, const struct permit *p); /* was it overdue? */

/* How many calls were in flight, on average, during the time of this one. */
double flight_beside(const struct flight *f, const struct permit *p);

#endif
