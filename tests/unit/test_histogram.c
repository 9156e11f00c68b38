// SPDX-License-Identifier: MIT
/* Histogram: quantiles against the sorted values, within the error that the header promises. */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "limit/histogram.h"
#include "tap.h"

#define VALUES 5000
#define SEEDS 40

static int
ascending(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The k-th smallest of n, where k is the least with k >= q n. */
static int64_t
exact(const int64_t *sorted, size_t n, double q)
{
	size_t rank = (size_t)ceil(q * (double)n);

	return sorted[rank ? rank - 1 : 0];
}

/* Log-normal values, as latencies are, of a scale that the seed chooses. */
static bool
within_bound(uint64_t seed)
{
	static const double quantiles[] = {0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1};
	static int64_t values[VALUES];
	struct histogram h = {0};
	struct rng r;
	double scale;
	bool good = true;

	rng_seed(&r, seed);
	scale = rng_unit(&r) * 20;
	for (size_t i = 0; i < VALUES; i++) {
		values[i] = (int64_t)exp(scale + rng_normal(&r));
		histogram_add(&h, values[i]);
	}
	qsort(values, VALUES, sizeof *values, ascending);
	for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
		int64_t want = exact(values, VALUES, quantiles[i]);
		int64_t got = histogram_quantile(&h, quantiles[i]);

		good = good && llabs(got - want) * 64 <= want;
	}
	return good && h.count == VALUES && h.max == values[VALUES - 1];
}

static void
bounds(void)
{
	uint64_t seed = 0;

	while (seed < SEEDS && within_bound(seed))
		seed++;
	ok(seed == SEEDS, "quantiles are off by at most 1/64 of the value");
	if (seed < SEEDS)
		printf("# seed %llu\n", (unsigned long long)seed);
}

static void
edges(void)
{
	struct histogram h = {0};

	ok(histogram_quantile(&h, 0.5) == 0, "an empty histogram's quantile is 0");
	histogram_add(&h, -5);
	ok(histogram_quantile(&h, 1) == 0 && h.count == 1, "a value below 0 counts as 0");
	histogram_add(&h, 63);
	ok(histogram_quantile(&h, 1) == 63, "small values are exact");
	histogram_add(&h, INT64_MAX);
	ok(histogram_quantile(&h, 0.5) == 63, "a value beyond the last bucket is counted there");
	ok(h.max == INT64_MAX, "and the greatest value is kept exactly");
}

int
main(void)
{
	bounds();
	edges();
	return tap_done();
}
