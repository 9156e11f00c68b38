// SPDX-License-Identifier: MIT
/*
 * The synthetic curves of PyPI adaptive-concurrency's own benchmark, with its
 * law beside ours: latency = curve(in flight) x log-normal noise, one second
 * alone, at most 16 in flight.
 */
#ifndef BENCH_CURVES_H
#define BENCH_CURVES_H

#include <stdint.h>

#include "law.h"

#define CURVES 4
#define NOISES 4

struct curve {
	const char *name;
	double knee, slope; /* latency 1 + slope (n - knee) */
	/* What the law must reach at each noise at least, and at most: unit/test_law.c. */
	struct {
		double throughput[NOISES], in_flight[NOISES];
	} due;
};

extern const struct curve curves[CURVES];
extern const double noises[NOISES]; /* sigma of the log latency */

struct curve_figures {                   /* of the second half of the run, at each noise */
	double throughput[NOISES], mean; /* of the best that there is */
	double in_flight[NOISES];        /* mean */
	double to_six[NOISES];           /* calls until six are in flight, median */
};

struct curve_figures curve_figures_of(
    const struct curve *c, const struct law *law, unsigned seeds, uint64_t seed);

void print_curves(unsigned seeds, uint64_t seed);

#endif
