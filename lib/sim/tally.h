// SPDX-License-Identifier: MIT
/*
 * How many times each of many things was seen: prompts, bodies, words.
 * A zeroed struct with `max` set is an empty tally and valid to free.
 * May call: base/buf, base/mem.
 */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include "base/buf.h"

/* In the order of their first time. */
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
/* How often it was seen, with this time; and without one. */
uint64_t sim_tally_add(struct sim_tally *t, uint64_t key, struct slice label);
uint64_t sim_tally_seen(const struct sim_tally *t, uint64_t key);

#endif
