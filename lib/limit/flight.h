// SPDX-License-Identifier: MIT
/*
 * The calls in flight, by age: how many, how many were in flight beside a call on
 * average, and how many are overdue, so that no answer is expected any more.
 *
 * Calls are counted by generations of one mean latency, without a list; what is left
 * of the sixteenth before this one is overdue. With log-normal latencies (sigma .8)
 * that is one call in 10,000; of calls that a server has forgotten, all. When none has
 * ended for so many generations, time stands still: a silent server is sent as many
 * calls once more, and not again and again.
 * Seconds on the caller's clock.
 */
#ifndef LIMIT_FLIGHT_H
#define LIMIT_FLIGHT_H

#include <stdbool.h>

#define FLIGHT_AGES 16 /* generations, until a call is overdue */

struct flight { /* zeroed: none */
	double calls;
	double awaited;     /* of them: not overdue */
	double busy, until; /* call-seconds of those, summed up until then */
	unsigned generation;
	double aged[FLIGHT_AGES]; /* calls of this generation, of the one before, … */
	unsigned silent;          /* generations since a call has ended, or none was in flight */
	double born, ends;        /* this generation; INFINITY: not known yet */
};

struct permit { /* kept with the call */
	double sent;
	double in_flight; /* awaited then, itself included */
	double busy;      /* of the flight, then */
	unsigned generation;
	double tokens; /* estimated */
};

/*
 * Time has passed: to be called before the others. The mean latency is 0 while none is known.
 * True: a generation is over in which calls have ended.
 */
bool flight_pass(struct flight *f, double now, double latency);

struct permit flight_start(struct flight *f, double now, double tokens);
bool flight_end(struct flight *f, const struct permit *p); /* was it overdue? */

/* How many calls were awaited, on average, during the time of this one. */
double flight_beside(const struct flight *f, const struct permit *p);

#endif
