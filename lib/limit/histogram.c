// SPDX-License-Identifier: MIT
/* The bucket of a value is its highest bit and the five bits below it. */
#include "limit/histogram.h"

#include <math.h>

static unsigned
bucket_of(int64_t value)
{
	uint64_t bits = value < 0 ? 0 : (uint64_t)value;
	unsigned shift = 58 - (unsigned)__builtin_clzll(bits | 32); /* what is below those six */
	unsigned bucket = shift * HISTOGRAM_PER_OCTAVE + (unsigned)(bits >> shift);

	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The middle of a bucket. */
static int64_t
value_of(unsigned bucket)
{
	unsigned shift = bucket < HISTOGRAM_EXACT ? 0 : bucket / HISTOGRAM_PER_OCTAVE - 1;

	return ((int64_t)(bucket - shift * HISTOGRAM_PER_OCTAVE) << shift) +
	       ((int64_t)1 << shift) / 2;
}

void
histogram_add(struct histogram *h, int64_t value)
{
	h->buckets[bucket_of(value)]++;
	h->count++;
	if (value > h->max)
		h->max = value;
}

int64_t
histogram_quantile(const struct histogram *h, double q)
{
	double rank = fmax(1, ceil(q * (double)h->count));
	uint64_t seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if ((double)seen >= rank) {
			int64_t value = value_of(i);

			return value < h->max ? value : h->max;
		}
	}
	return 0;
}
