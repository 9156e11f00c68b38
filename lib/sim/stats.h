// SPDX-License-Identifier: MIT
/*
 * What the simulator saw, for tests that ask what a client really sent:
 * counters, and how often each prompt came.
 * May call: base/buf, base/mem, base/hash, text/json_string, text/utf8.
 */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include "base/buf.h"

/* How many times each of many things was seen, in the order of their first time. */
struct sim_tally {
	struct sim_tally_row *rows; /* count of them */
	size_t count;
	size_t max;    /* rows; a thing beyond that is always new */
	size_t *index; /* open addressing: 1 + row, or 0; `slots` of them, a power of 2 */
	size_t slots;
};

struct sim_tally_row {
	uint64_t key;
	uint64_t seen;
	char *label; /* owned; NULL when none was given */
};

void sim_tally_free(struct sim_tally *t);
uint64_t sim_tally_add(
    struct sim_tally *t, uint64_t key, struct slice label); /* times seen, with this one */

struct sim_stats {
	uint64_t requests;        /* to the API: not those to /_sim */
	uint64_t in_flight;       /* read in full, answer not yet given in full */
	uint64_t peak;            /* the most in flight at once */
	uint64_t ok;              /* answered 200, whatever the body says */
	uint64_t refused;         /* 429 */
	uint64_t overloaded;      /* 503 */
	uint64_t errors;          /* every other answer */
	uint64_t cancelled;       /* the client left before its answer was there in full */
	struct sim_tally prompts; /* by their first characters */
};

void sim_stats_init(struct sim_stats *s);
void sim_stats_free(struct sim_stats *s);
void sim_stats_enter(struct sim_stats *s);
void sim_stats_leave(struct sim_stats *s, int status); /* 0: the client left */
void sim_stats_prompt(struct sim_stats *s, struct slice prompt);
void sim_stats_print(const struct sim_stats *s, struct buf *out); /* compact JSON */

#endif
