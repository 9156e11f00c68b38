// SPDX-License-Identifier: MIT
/*
 * What the other laws have in common: a limit on the calls in flight, perhaps a
 * pause. Each is as its source has it; only bounds are ours: 1 to config.max
 * where the source leaves them to its user.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <math.h>

#include "law.h"

struct common { /* first in the state of each */
	double limit, in_flight;
	double pause; /* nothing is sent before */
	double max;
};

double common_when(void *state, double now);
void common_sent(void *state, double now, struct permit *permit);
double common_limit(const void *state);
bool refused(const struct feedback *o);

#endif
