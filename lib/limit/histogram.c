// SPDX-License-Identifier: MIT
/* The bucket of a value is its highest bit and the five bits below it. */
#include "limit/histogram.h"

static unsigned
bucket_of(int64_t value)
{
	unsigned octave, index;

	if (value < HISTOGRAM_EXACT)
		return value < 0 ? 0 : (unsigned)value;
	octave = 63 - (unsigned)__builtin_clzll((uint64_t)value); /* 6 for 64..127 */
	index = HISTOGRAM_EXACT + (octave - 6) * HISTOGRAM_PER_OCTAVE +
		(unsigned)(value >> (octave - 5)) - HISTOGRAM_PER_OCTAVE;
	return index < HISTOGRAM_BUCKETS ? index : HISTOGRAM_BUCKETS - 1;
}

/* The middle of a bucket. */
static int64_t
value_of(unsigned bucket)
{
	unsigned above = bucket - HISTOGRAM_EXACT;
	unsigned shift = above / HISTOGRAM_PER_OCTAVE + 1;

	if (bucket < HISTOGRAM_EXACT)
		return bucket;
	return ((int64_t)(HISTOGRAM_PER_OCTAVE + above % HISTOGRAM_PER_OCTAVE) << shift) +
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
	double wanted = q * (double)h->count;
	uint64_t rank = (uint64_t)wanted, seen = 0;

	rank += (double)rank < wanted; /* rounded up */
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen && seen >= rank) {
			int64_t value = value_of(i);

			return value < h->max ? value : h->max;
		}
	}
	return 0;
}
