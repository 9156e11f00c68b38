// SPDX-License-Identifier: MIT
/*
 * May a call start now? The one door through which every attempt goes, and
 * where it is decided what a refusal means.
 *
 * Four things with four jobs: latency teaches the limiter; a number in flight
 * at which the server refuses is a ceiling; a quota, in calls or in tokens, is
 * a pacer's; pauses and outages (a circuit breaker with probes) are decided here.
 *   429 that names a quota or a hint           a rate, whatever else
 *   429, more of the next sends than by        a rate; also where many of all calls are
 *   chance                                     refused, sooner to a call alone
 *   503, likewise                              an outage: one probe at a time
 *   fewer                                      a ceiling, or noise: the ceiling tells them apart
 *   503 as late as an answer                   a slow answer, for the limiter
 * A record that waits for its retry is not in flight and holds no place; nor does a
 * call that is overdue.
 * State of one (origin, model, key). Seconds on the caller's clock, which begins at 0.
 * May call: base/rng, limit/flight, limit/limiter, limit/ceiling, limit/pacer.
 */
#ifndef LIMIT_GATE_H
#define LIMIT_GATE_H

#include "base/rng.h"
#include "limit/ceiling.h"
#include "limit/flight.h"
#include "limit/limiter.h"
#include "limit/pacer.h"
#include "limit/verdict.h"

struct gate_config {
	double min, max; /* calls in flight; equal: fixed, but for a firm ceiling */
	uint64_t seed;
};

struct feedback {
	enum load load;
	double latency;
	double hint;          /* how long the server asks to wait; 0: it does not say */
	enum quota_unit unit; /* that a refusal names */
	double value;         /* of that quota, a minute; 0: not told */
	double tokens;        /* of an answer: its input as the server counted; 0: unknown */
};

#define GATE_CROWD 16

struct gate {
	struct limiter limiter;
	struct ceiling ceiling;
	struct pacer calls, tokens;
	struct rng random;
	struct flight flight;
	double answered;                /* when the newest of the answered calls was sent */
	double pause;                   /* nothing starts before */
	double hinted;                  /* nor before this, by the server's word */
	double refusals, refused_after; /* how many; their mean latency */
	double share;                   /* of the last calls that was refused */
	bool delayed;                   /* the next send had to wait for a pacer */
	double delays;                  /* share of the last sends that had to */

	struct gate_sample {     /* a refusal and the sends after it */
		double from, to; /* time of that refusal; of the last send */
		double left;     /* sends to come */
		double refused;
		double many; /* of them convince; INFINITY: there is no sample */
	} sample;

	/* an outage */
	bool probing;
	double out_since, probed; /* the last refusal of a probe */

	/* a cap on calls in flight that looks like a rate */
	double crowd[GATE_CROWD]; /* in flight when each of the last answered calls was sent */
	double cap_odds;
	bool capped; /* it was one */
};

void gate_init(struct gate *g, const struct gate_config *config);

/*
 * now; or the time to ask again; INFINITY: not before a call in flight has ended. To be asked only
 * for a call that wants to start: one that has to wait for the limit is a sign that it binds.
 */
double gate_when(struct gate *g, double now);
void gate_sent(struct gate *g, double now, struct permit *permit);
void gate_done(
    struct gate *g, double now, const struct permit *permit, const struct feedback *feedback);

double gate_limit(const struct gate *g);    /* calls in flight, in force now */
bool gate_is_growing(const struct gate *g); /* no bound was met yet, or none is known: an outage */
double gate_rate(const struct gate *g);     /* calls a second, in force now; INFINITY: none */

#endif
