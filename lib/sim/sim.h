// SPDX-License-Identifier: MIT
/*
 * The way of a call through the rooms, without a network: route, key, body,
 * quota, load, and then an answer or an error.
 *
 * What can be said at the door is said there: a wrong path, key or body, an
 * exhausted quota, an outage, a full queue. Everything else, faults that a
 * directive or the error rate asks for too, takes the service time first.
 * Draws come from hash(seed, body, attempt), so a run can be repeated whatever
 * the order of arrival. Times are milliseconds, passed in.
 * May call: base and the other rooms, not sim/server.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "sim/answer.h"
#include "sim/ask.h"
#include "sim/directive.h"
#include "sim/quota.h"
#include "sim/route.h"
#include "sim/service.h"
#include "sim/stats.h"

/* The service takes 20 MB and more, depending on the year. */
#define SIM_BODY_MAX_BYTES ((size_t)20971520)

/* No service takes longer, and no client waits longer: some 100 days, far from overflow. */
#define SIM_TIME_MOST_MS 1e10

struct sim_options {
	int64_t seed;
	double latency_ms; /* the median of a log-normal distribution */
	double sigma;      /* of its logarithm */
	int64_t slots;
	int64_t later_slots; /* in their place, later_ms after the start; 0: no change */
	int64_t later_ms;
	int64_t queue;    /* negative: no bound */
	int queue_status; /* of those that find it full */
	int64_t rpm;
	int64_t tpm;
	int64_t rpd;
	int64_t burst;
	bool no_hint;
	double error_rate;
	int error_status;
	int64_t outage_from_ms; /* since the start */
	int64_t outage_to_ms;
	const char *key; /* NULL: any that is not empty */
};

struct sim {
	const struct sim_options *options; /* borrowed */
	int64_t started;
	struct sim_service service;
	struct sim_quota quota;
	struct sim_stats stats;
	struct sim_tally bodies; /* the attempts of each */
};

/* What the server knows of a request; the strings are borrowed, NULL when absent. */
struct sim_head {
	const char *method;
	const char *path;
	const char *key;     /* x-goog-api-key, or ?key= */
	const char *alt;     /* ?alt= */
	const char *timeout; /* x-server-timeout, in seconds */
	const char *page_size;
	const char *page_token;
	bool gzip; /* is accepted */
};

struct sim_call {
	struct sim_job job; /* the first member: what the service hands out is the call */
	struct sim_head head;
	struct buf body; /* with SIM_BODY_MAX_BYTES as its max */
	struct sim_route route;
	struct sim_ask ask;
	struct sim_plan plan;
	struct sim_answer answer; /* the first job.step pieces may go out */
	int64_t arrived;
	bool counted;  /* is in flight in the statistics */
	bool answered; /* nothing more will come */
};

void sim_init(struct sim *s, const struct sim_options *options, int64_t now);
void sim_free(struct sim *s);

/* The request is here in full. Afterwards either it is answered, or it will come from sim_next. */
void sim_begin(struct sim *s, struct sim_call *c, int64_t now);

struct sim_call *sim_next(struct sim *s, int64_t now); /* a call with news by `now`, or NULL */
int64_t sim_deadline(const struct sim *s);             /* of the next such, or CLOCK_NEVER */

/* The answer is `given` in full, or the client has gone; once more is not counted. */
void sim_end(struct sim *s, struct sim_call *c, bool given, int64_t now);
void sim_call_free(struct sim_call *c);

/* Of sim/prepare, for sim/sim only: draws, and the answer with its service time. */
void sim_prepare(struct sim *s, struct sim_call *c);
enum sim_form sim_form_of(const struct sim_call *c);

#endif
