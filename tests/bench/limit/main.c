// SPDX-License-Identifier: MIT
/*
 * make bench-limit: the shipped gate against servers, and against other laws.
 *
 * usage: limit [-v] [-n], with the environment
 *   HALF=tune|kept|field|blind|curves|all   which servers, or the curves; all of it unless given
 *   SERVER=TEXT       only those with TEXT in their name
 *   LAW=NAME          only this law, as the table names it
 *   SEEDS=N, SEED=N   so many seeds (12), from this one (1); the rivals get four of them
 *                     unless LAW names one: some ask and are refused at length
 *   -v                one run of each server, and what the law does over time,
 *   TRACE=SECONDS     with a line so often
 *   -n                without the table of servers, only the sums
 * The columns: score.h. A sum counts the servers with goodput >= .95 and <= 2 % refused.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "curves.h"
#include "score.h"

#define MOST_SEEDS 100
#define RIVAL_SEEDS 4
#define TRACE_LINES 60 /* in a run, unless it is said */
#define GOOD .95
#define CLEAN .02

struct options {
	const char *half, *server, *law;
	unsigned seeds;
	uint64_t seed;
	bool trace, quiet;
	double step; /* of the trace; 0: not told */
};

struct rival { /* a law as the table names it */
	const char *name;
	const struct law *law;
	double max; /* in flight; 0: searched for each server */
};

static const struct rival rivals[] = {
    {"gem", &law_gem, AUTO_MOST},
    {"fixed 5", &law_fixed, 5},
    {"best fixed", &law_fixed, 0},
    {"AIMD", &law_aimd, AUTO_MOST},
    {"Vegas", &law_vegas, AUTO_MOST},
    {"Gradient2", &law_gradient, AUTO_MOST},
    {"inspect_ai", &law_inspect, AUTO_MOST},
    {"Oumi", &law_oumi, AUTO_MOST},
    {"aac", &law_aac, AUTO_MOST},
};

#define RIVALS (sizeof rivals / sizeof *rivals)

struct total {
	struct figures sum;
	unsigned servers, good;
	double worst;
	const char *worst_name;
};

static struct gate_config
config_of(double max, uint64_t seed)
{
	return (struct gate_config){.min = 1, .max = max, .seed = seed};
}

/* The power of two that does best on two seeds; past it two that are no better end the search. */
static double
best_fixed(const struct server *v, uint64_t seed, const struct reference *r)
{
	double best = 1, most = 0;

	for (double n = 1; n <= fmin(AUTO_MOST, 4 * best); n *= 2) {
		double goodput = 0;

		for (unsigned i = 0; i < 2; i++) {
			struct gate_config config = config_of(n, seed + i);

			goodput += judge(v, &law_fixed, &config, seed + i, &r[i]).goodput;
		}
		if (goodput > most * 1.005) {
			most = goodput;
			best = n;
		}
	}
	return best;
}

static double
bound_of(const struct server *v, const struct rival *e, uint64_t seed, const struct reference *r)
{
	return e->max > 0 ? e->max : best_fixed(v, seed, r);
}

static struct figures
mean_of(const struct server *v, const struct rival *e, const struct options *o,
    const struct reference *r, double *worst)
{
	double max = bound_of(v, e, o->seed, r);
	bool few = e != rivals && !o->law && o->seeds > RIVAL_SEEDS;
	unsigned seeds = few ? RIVAL_SEEDS : o->seeds;
	struct figures sum = {0};

	*worst = 1;
	for (unsigned i = 0; i < seeds; i++) {
		struct gate_config config = config_of(max, o->seed + i);
		struct figures f = judge(v, e->law, &config, o->seed + i, &r[i]);

		figures_add(&sum, &f, 1. / seeds);
		*worst = fmin(*worst, f.goodput);
	}
	return sum;
}

static void
add(struct total *t, const struct server *v, const struct figures *f)
{
	figures_add(&t->sum, f, 1);
	t->servers++;
	t->good += f->goodput >= GOOD && f->refused <= CLEAN;
	if (!t->worst_name || f->goodput < t->worst) {
		t->worst = f->goodput;
		t->worst_name = v->name;
	}
}

static void
print_totals(const char *half, const struct total *totals, bool names)
{
	printf("\n%-12s %8s %8s %7s  %-12s worst\n", half, "goodput", "refused", "p95",
	    ">=.95, <=2 %");
	for (unsigned i = 0; i < RIVALS; i++) {
		const struct total *t = &totals[i];
		double n = t->servers;

		if (t->servers)
			printf("%-12s %8.3f %6.2f %% %6.2fx  %3u of %-5u %.2f %s\n", rivals[i].name,
			    t->sum.goodput / n, 100 * t->sum.refused / n, t->sum.p95 / n, t->good,
			    t->servers, t->worst, names ? t->worst_name : "");
	}
}

static void
trace(const struct server *v, const struct rival *e, const struct options *o,
    const struct reference *r)
{
	struct gate_config config = config_of(bound_of(v, e, o->seed, r), o->seed);
	static struct sim s; /* large */
	struct figures f;

	printf("%s, %s\n", v->name, e->name);
	sim_run(&s, v, e->law, &config, o->seed, o->step > 0 ? o->step : v->seconds / TRACE_LINES);
	f = figures_of(v, &s.score, r);
	printf("sent %llu useful %llu refused %llu lost %llu in %.1f s: "
	       "goodput %.3f (clairvoyant %.2f/s) refused %.2f %% p95 %.2fx t90 %.0f\n\n",
	    (unsigned long long)s.score.sent, (unsigned long long)s.score.useful,
	    (unsigned long long)s.score.refused, (unsigned long long)s.score.lost, s.score.seconds,
	    f.goodput, r->rate, 100 * f.refused, f.p95, f.t90);
}

static void
run_server(const struct server *v, const struct options *o, struct total *totals)
{
	static struct reference r[MOST_SEEDS];

	for (unsigned i = 0; i < o->seeds || i < 2; i++)
		r[i] = reference_of(v, o->seed + i);
	for (unsigned i = 0; i < RIVALS; i++) {
		struct figures f;
		double worst;

		if (o->law && strcmp(o->law, rivals[i].name))
			continue;
		if (o->trace) {
			trace(v, &rivals[i], o, r);
			continue;
		}
		f = mean_of(v, &rivals[i], o, r, &worst);
		add(&totals[i], v, &f);
		if (!o->quiet)
			printf("%-48s %-11s %5.3f %5.2f %7.2f %% %6.2fx %6.0f\n", v->name,
			    rivals[i].name, f.goodput, worst, 100 * f.refused, f.p95, f.t90);
	}
}

static bool
wanted(const struct options *o, const char *half)
{
	return !o->half || !strcmp(o->half, "all") || !strcmp(o->half, half);
}

/* Does HALF name any of the tables? */
static bool
is_known(const struct options *o)
{
	bool known = wanted(o, "curves");

	for (size_t i = 0; halves[i]; i++)
		known |= wanted(o, halves[i]->name);
	return known;
}

static void
run_half(const struct half *half, const struct options *o)
{
	struct total totals[RIVALS] = {0};

	if (!wanted(o, half->name))
		return;
	if (!o->quiet && !o->trace)
		printf("\n%-48s %-11s %5s %5s %9s %7s %6s\n", half->name, "law", "good", "worst",
		    "refused", "p95", "t90");
	for (unsigned i = 0; i < half->count; i++)
		if (!o->server || strstr(half->servers[i].name, o->server))
			run_server(&half->servers[i], o, totals);
	if (!o->trace)
		print_totals(half->name, totals, half != &half_kept || !o->quiet);
}

static uint64_t
number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

int
main(int argc, char **argv)
{
	struct options o = {
	    .half = getenv("HALF"), .server = getenv("SERVER"), .law = getenv("LAW")};
	const char *step = getenv("TRACE");
	int c;

	o.seeds = (unsigned)number_of("SEEDS", 12);
	o.seed = number_of("SEED", 1);
	o.step = step ? strtod(step, NULL) : 0;
	o.trace = o.step > 0;
	while ((c = getopt(argc, argv, "vn")) != -1) {
		o.trace |= c == 'v';
		o.quiet |= c == 'n';
		if (c == '?')
			return 2;
	}
	if (!o.seeds || o.seeds > MOST_SEEDS) {
		fprintf(stderr, "limit: SEEDS is 1 to %d\n", MOST_SEEDS);
		return 2;
	}
	if (!is_known(&o)) {
		fprintf(stderr, "limit: HALF is tune, kept, field, blind, curves or all\n");
		return 2;
	}
	for (size_t i = 0; halves[i]; i++)
		run_half(halves[i], &o);
	if (!o.trace && !o.server && wanted(&o, "curves"))
		print_curves(o.seeds, o.seed);
	return 0;
}
