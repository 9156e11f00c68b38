// SPDX-License-Identifier: MIT
/*
 * Quantiles of positive integers in fixed memory.
 *
 * Buckets as in HdrHistogram (G. Tene): exact below 64, then 32 to an octave,
 * so that a quantile is off by at most 1/64 of its value. A zeroed struct is
 * empty. Pure: libm only.
 */
#ifndef LIMIT_HISTOGRAM_H
#define LIMIT_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_EXACT 64
#define HISTOGRAM_PER_OCTAVE 32
#define HISTOGRAM_OCTAVES 40 /* up to 2^46: more milliseconds than two thousand years have */
#define HISTOGRAM_BUCKETS (HISTOGRAM_EXACT + HISTOGRAM_OCTAVES * HISTOGRAM_PER_OCTAVE)

struct histogram {
	uint64_t buckets[HISTOGRAM_BUCKETS];
	uint64_t count;
	int64_t max;
};

void histogram_add(struct histogram *h, int64_t value); /* below 0 counts as 0 */

/* The smallest value that at least q (0 to 1) of the values do not exceed; 0 when empty. */
int64_t histogram_quantile(const struct histogram *h, double q);

#endif
