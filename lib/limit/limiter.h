// SPDX-License-Identifier: MIT
/*
 * How many calls in flight, from latency alone.
 *
 * By Little's law (J. D. C. Little, 1961) N calls in flight with latency R make
 * N/R calls a second. What is wanted is the N of most benefit
 *     (1 - PRICE) ln N - ln R(N):
 * throughput, with a slight price on queueing. R is believed to be level up to a
 * knee, and to rise beyond it in proportion to the calls, where they only wait, or
 * with their square, where they hinder each other. A table
 * keeps the mean log latency at each level of calls in flight, a quarter octave
 * apart; a call counts at the mean number in flight during its time. From the table
 * follow the odds of each knee (Bayes, with a flat prior), and from them what
 * another level is likely to gain and to lose. A step that may gain much for long is
 * tried for one window: this one rule grows, cuts, probes, and undoes. Evidence
 * fades, so the knee may move.
 *
 * It begins with a slow start (V. Jacobson, 1988) that at most doubles a round
 * and ends when throughput no longer follows. All times are multiples of the
 * mean latency: it works at 8 ms as at 30 s.
 * Pure: libm only. Seconds on the caller's clock.
 */
#ifndef LIMIT_LIMITER_H
#define LIMIT_LIMITER_H

#include <stdbool.h>

#define LIMITER_LEVELS 57 /* quarter octaves of 1 to 16,384 */

struct limiter {
	double min, max; /* equal: the limit is fixed */
	double limit;    /* calls in flight */
	double answers;
	double latency; /* mean of the answers; 0 before the first */
	double first;   /* of the first two answers */
	struct {
		double mean;   /* log latency */
		double weight; /* calls; 0: never seen */
	} level[LIMITER_LEVELS];
	double variance; /* of the log latency of one call */

	/* the window */
	double since, n;
	double in_flight; /* beside each of its calls, summed up */
	bool held;        /* calls have waited for the limit in it */

	/* slow start, by rounds */
	bool starting;
	double base; /* the limit at the beginning of the round */
	double rate; /* answers a second in the round before */
};

void limiter_init(struct limiter *l, double min, double max);

/* A call has to wait for the limit. */
void limiter_hold(struct limiter *l);

/* An answer, and how many calls were in flight during its time, itself included. */
void limiter_answer(struct limiter *l, double now, double latency, double in_flight);

/* A latency without an answer: of a failure as late as one, or of a call that is still out. */
void limiter_observe(struct limiter *l, double now, double latency, double in_flight);

#endif
