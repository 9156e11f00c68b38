// SPDX-License-Identifier: MIT
/*
 * The calls in flight, by age: how many, how many were beside a call on average,
 * and how many are overdue, so that no answer to them is expected any more.
 *
 * A generation lasts for one mean latency, and what is left of the sixteenth before
 * this one is overdue, without a list of all. Of log-normal latencies (sigma .8)
 * those are one call in 10,000; of what a server has forgotten, all. Where a server
 * has fallen silent time stands still after so many generations: it is sent as
 * many calls once more, and not again and again.
 * Seconds on the caller's clock.
 */
#ifndef LIMIT_FLIGHT_H
#define LIMIT_FLIGHT_H

#include <stdbool.h>

#define FLIGHT_AGES 16 /* generations, until a call is overdue */

struct flight { /* zeroed: none */
	double calls;
	double awaited;     /* of them: not overdue */
	double busy, until; /* seconds that those were in flight, all added up until then */
	unsigned generation;
	double aged[FLIGHT_AGES]; /* calls of this generation, of the one before, … */
	unsigned silent;          /* generations since a call has ended, or there was none */
	double born, ends;        /* this generation; INFINITY: not known yet */
};

struct permit { /* kept with the call */
	double sent;
	double in_flight; /* then awaited, itself included */
	double busy;      /* then */
	unsigned generation;
	double tokens; /* estimated */
};

/*
 * Before the others, whenever time has passed. The mean latency is 0 while none is known.
 * True: another generation begins, and in the last one calls have ended.
 */
bool flight_pass(struct flight *f, double now, double latency);

struct permit flight_start(struct flight *f, double now, double tokens);
bool flight_end(struct flight *f, const struct permit *p); /* was it overdue? */

/* How many calls were awaited, on average, during the time of this one. */
double flight_beside(const struct flight *f, const struct permit *p);

#endif
