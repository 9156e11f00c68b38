// SPDX-License-Identifier: MIT
/* See score.h. */
#include "score.h"

#include <math.h>
#include <stdlib.h>

#define SAMPLES 20000 /* for the p95 of a call alone */

/* All of the time counts, but that after the last call that there was. */
static double
rate_of(const struct server *v, const struct score *s)
{
	return (double)s->useful / (v->demand.total ? s->seconds : v->seconds);
}

static double
alone(const struct server *v, uint64_t seed)
{
	static struct histogram h; /* large */
	struct rng random;
	struct path path;

	rng_seed(&random, seed);
	path_init(&path, v->seconds, &random);
	h = (struct histogram){0};
	for (int i = 0; i < SAMPLES; i++) {
		double t = rng_unit(&random) * v->seconds;
		double x = sim_work(&random, v);

		if (v->length.value > 0)
			x *= course_at(&v->length, &path, t);
		if (v->speed.value > 0)
			x /= course_at(&v->speed, &path, t);
		histogram_add(&h, (int64_t)(x * 1e6));
	}
	return (double)histogram_quantile(&h, .95) * 1e-6;
}

struct reference
reference_of(const struct server *v, uint64_t seed)
{
	static const double factors[] = {1, 1.25, 1.6, 2.5, 6.4};
	struct reference r = {0, alone(v, seed)};
	static struct sim s;

	for (int i = 0; i < 5; i++) {
		struct gate_config config = {.min = factors[i], .max = AUTO_MOST, .seed = seed};

		sim_run(&s, v, &law_oracle, &config, seed, 0);
		r.rate = fmax(r.rate, rate_of(v, &s.score));
		if (s.best * factors[i] >= AUTO_MOST)
			break;
	}
	return r;
}

static double
unavoidable(const struct server *v)
{
	double n = 0;

	for (int i = 0; i < QUOTAS; i++)
		if (v->quota[i].limit.value > 0)
			n += 1 + course_changes(&v->quota[i].limit);
	if (v->cap.calls.value > 0)
		n += 1 + course_changes(&v->cap.calls);
	return n + (v->service.queue > 0);
}

/*
 * The start of the first window that has 90 % of the rate of the second half,
 * in service times. A window is long enough for five service times and, as a
 * rule, a hundred answers.
 */
static double
time_to_90(const struct server *v, const struct score *s)
{
	double bin = v->seconds / BINS, steady = 0, sum = 0;
	int width;

	for (int i = BINS / 2; i < BINS; i++)
		steady += s->bins[i] / (BINS / 2);
	width = (int)fmin(BINS / 4, ceil(fmax(5 * v->base / bin, 100 / steady)));
	for (int i = 0; i < BINS; i++) {
		sum += s->bins[i] - (i >= width ? s->bins[i - width] : 0);
		if (i >= width - 1 && sum >= .9 * width * steady)
			return (i + 1 - width) * bin / v->base;
	}
	return INFINITY;
}

struct figures
figures_of(const struct server *v, const struct score *s, const struct reference *r)
{
	double refused = fmax(0, (double)s->refused - unavoidable(v));

	return (struct figures){
	    .goodput = fmin(1, rate_of(v, s) / r->rate),
	    .refused = refused / fmax(1, (double)s->sent),
	    .p95 = (double)histogram_quantile(&s->latency, .95) * 1e-6 / r->p95,
	    .t90 = time_to_90(v, s),
	};
}

void
figures_add(struct figures *sum, const struct figures *f, double share)
{
	sum->goodput += f->goodput * share;
	sum->refused += f->refused * share;
	sum->p95 += f->p95 * share;
	sum->t90 += f->t90 * share;
}

struct figures
judge(const struct server *v, const struct law *law, const struct gate_config *config,
    uint64_t seed, const struct reference *r)
{
	static struct sim s;

	sim_run(&s, v, law, config, seed, 0);
	return figures_of(v, &s.score, r);
}
