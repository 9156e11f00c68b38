// SPDX-License-Identifier: MIT
/*
 * The law on each server and each curve of make bench-limit, on a few seeds: what it reaches there
 * it must go on reaching. A rule of lib/limit that can be taken out without a failure here is not
 * needed.
 */
#include "../bench/limit/curves.h"
#include "../bench/limit/score.h"
#include "tap.h"

#define SEEDS 2
#define CURVE_SEEDS 12

static struct figures
mean(const struct server *v)
{
	struct figures sum = {0};

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct gate_config config = {.min = 1, .max = AUTO_MOST, .seed = seed};
		struct reference r = reference_of(v, seed);
		struct figures f = judge(v, &law_gem, &config, seed, &r);

		figures_add(&sum, &f, 1. / SEEDS);
	}
	return sum;
}

static void
test_half(const struct half *half)
{
	for (unsigned i = 0; i < half->count; i++) {
		const struct server *v = &half->servers[i];
		struct figures f = mean(v);

		ok(f.goodput >= v->due.goodput && f.refused <= v->due.refused &&
			f.p95 <= v->due.p95,
		    "%s: goodput %.3f of %.2f, refused %.4f of %.3f, p95 %.2f of %.1f", v->name,
		    f.goodput, v->due.goodput, f.refused, v->due.refused, f.p95, v->due.p95);
	}
}

/* No worse than is due, and ahead of the law that the curves come from. */
static void
test_curve(const struct curve *c)
{
	struct curve_figures f = curve_figures_of(c, &law_gem, CURVE_SEEDS, 1);
	struct curve_figures other = curve_figures_of(c, &law_aac, CURVE_SEEDS, 1);

	for (int i = 0; i < NOISES; i++)
		ok(f.throughput[i] >= c->due.throughput[i] && f.in_flight[i] <= c->due.in_flight[i],
		    "%s, noise %.1f: throughput %.3f of %.2f, in flight %.1f of %.1f", c->name,
		    noises[i], f.throughput[i], c->due.throughput[i], f.in_flight[i],
		    c->due.in_flight[i]);
	ok(f.mean > other.mean, "%s: mean %.3f beside %.3f", c->name, f.mean, other.mean);
}

int
main(void)
{
	for (int i = 0; i < CURVES; i++)
		test_curve(&curves[i]);
	for (size_t i = 0; halves[i]; i++)
		test_half(halves[i]);
	return tap_done();
}
