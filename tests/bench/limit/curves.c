// SPDX-License-Identifier: MIT
/* The four are servers like others: a bend is a knee, whose slope is thrash / knee. */
#include "curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sim.h"

#define MOST 16
#define SECONDS 2000
#define NONE 1e-6 /* a knee below one call */

const struct curve curves[CURVES] = {
    {"knee: slower past 6, by .4 a call", 6, .4, {{.94, .94, .94, .86}, {16, 16, 16, 16}}},
    {"plateau past 4", 4, .25, {{.97, .97, .97, .95}, {6.4, 6.4, 10, 16}}},
    {"concave, 1 + n/8", NONE, .125, {{.95, .95, .95, .95}, {16, 16, 16, 16}}},
    {"flat", 0, 0, {{.97, .97, .97, .97}, {16, 16, 16, 16}}},
};

const double noises[NOISES] = {.1, .3, .5, .8};

/* Calls a second with n in flight. */
static double
throughput(const struct curve *c, double n)
{
	return n / (1 + c->slope * fmax(0, n - c->knee));
}

static double
best(const struct curve *c)
{
	double most = 0;

	for (int n = 1; n <= MOST; n++)
		most = fmax(most, throughput(c, n));
	return most;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct curve_figures
curve_figures_of(const struct curve *c, const struct law *law, unsigned seeds, uint64_t seed)
{
	double *six = mem_zero(seeds, sizeof *six);
	struct curve_figures f = {0};
	static struct sim s; /* large */

	for (unsigned i = 0; i < NOISES; i++) {
		struct server v = {.name = c->name,
		    .seconds = SECONDS,
		    .base = 1,
		    .sigma = noises[i],
		    .service = {.knee = c->knee, .thrash = c->slope * c->knee}};

		for (unsigned k = 0; k < seeds; k++) {
			struct gate_config config = {.min = 1, .max = MOST, .seed = seed + k};
			double useful = 0;

			sim_run(&s, &v, law, &config, seed + k, 0);
			for (int b = BINS / 2; b < BINS; b++)
				useful += s.score.bins[b];
			f.throughput[i] += useful / (SECONDS / 2.) / best(c) / seeds;
			f.in_flight[i] += s.score.in_flight / (TICKS / 2.) / seeds;
			six[k] = s.score.to_six ? (double)s.score.to_six : (double)INFINITY;
		}
		qsort(six, seeds, sizeof *six, compare);
		f.to_six[i] = six[seeds / 2];
		f.mean += f.throughput[i] / NOISES;
	}
	free(six);
	return f;
}

static void
print_four(const char *format, const double *x)
{
	for (unsigned i = 0; i < NOISES; i++)
		printf(format, x[i]);
}

static void
print_line(const struct curve *c, const struct law *law, unsigned seeds, uint64_t seed)
{
	struct curve_figures f = curve_figures_of(c, law, seeds, seed);

	printf("%-35s %-20s ", c->name, law->name);
	print_four(" %.2f", f.throughput);
	printf("  (%.3f) ", f.mean);
	print_four(" %4.1f", f.in_flight);
	putchar(' ');
	print_four(" %4.0f", f.to_six);
	putchar('\n');
}

void
print_curves(unsigned seeds, uint64_t seed)
{
	printf("\n%-56s  %-28s  %-19s  %s\n\n", "curves at noise .1 .3 .5 .8", "throughput (mean)",
	    "in flight", "calls until 6 in flight");
	for (unsigned i = 0; i < CURVES; i++) {
		print_line(&curves[i], &law_gem, seeds, seed);
		print_line(&curves[i], &law_aac, seeds, seed);
	}
}
