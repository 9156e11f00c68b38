// SPDX-License-Identifier: MIT
/*
 * What the simulator saw, for tests that ask what a client really sent:
 * counters, and how often each prompt came.
 * May call: base/buf, base/hash, text/json_string, text/utf8, sim/tally.
 */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include "sim/tally.h"

struct sim_stats {
	int64_t requests;         /* to the API: not those to /_sim */
	int64_t in_flight;        /* read in full, answer not yet given in full */
	int64_t peak;             /* the most in flight at once */
	int64_t gzip;             /* requests that take an answer packed with it */
	int64_t ok;               /* answered 200, whatever the body says */
	int64_t refused;          /* 429 */
	int64_t overloaded;       /* 503 */
	int64_t errors;           /* every other answer */
	int64_t cancelled;        /* the client left before its answer was there in full */
	struct sim_tally prompts; /* by their first characters */
};

void sim_stats_init(struct sim_stats *s);
void sim_stats_free(struct sim_stats *s);
void sim_stats_enter(struct sim_stats *s, bool gzip);
void sim_stats_leave(struct sim_stats *s, int status); /* 0: the client left */
void sim_stats_prompt(struct sim_stats *s, struct slice prompt);
void sim_stats_print(const struct sim_stats *s, struct buf *out); /* compact JSON */

#endif
