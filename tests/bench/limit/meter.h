// SPDX-License-Identifier: MIT
/*
 * What a quota has counted.
 *
 *   bucket   refills all the time, holds `burst`
 *   fixed    so much from one full minute (second) to the next
 *   sliding  so much in any minute: a log of all that was let in
 *   counter  the usual estimate of the latter: this window's count, and the
 *            last one's for the share of it that still overlaps
 */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stddef.h>

#include "server.h"

struct meter {
	double level, at;           /* bucket */
	double used, before, index; /* fixed, counter: in this window, in the last; its number */
	double phase;               /* of the windows */
	struct admitted {           /* sliding: a ring of what was let in, with running totals; */
		double at, total;   /* in `used` the total, in `before` what has left */
	} * log;
	size_t first, count, cap;
};

void meter_init(struct meter *m, const struct quota *q, double limit, struct rng *random);
void meter_free(struct meter *m);
/* Seconds until `amount` would be let in, 0: now. */
double meter_wait(struct meter *m, const struct quota *q, double limit, double now, double amount);
void meter_take(
    struct meter *m, const struct quota *q, double now, double amount); /* < 0: gives back */

#endif
