// SPDX-License-Identifier: MIT
/* The four are servers like others: a bend is a knee, whose slope is thrash / knee. */
#include "curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim.h"

#define MOST 16
#define SECONDS 2000
#define NONE 1e-6 /* a knee below one call */

static const struct curve {
	const char *name;
	double knee, slope; /* latency 1 + slope (n - knee) */
} curves[] = {
    {"knee: slower past 6, by .4 a call", 6, .4},
    {"plateau past 4", 4, .25},
    {"concave, 1 + n/8", NONE, .125},
    {"flat", 0, 0},
};

static const double noises[] = {.1, .3, .5, .8};
#define NOISES (sizeof noises / sizeof *noises)

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

static void
print_line(const struct curve *c, const struct law *law, unsigned seeds, uint64_t seed)
{
	double goodput[NOISES] = {0}, in_flight[NOISES] = {0}, to_six[NOISES];
	double *six = calloc(seeds, sizeof *six), mean = 0;
	static struct sim s;

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
			goodput[i] += useful / (SECONDS / 2.) / best(c) / seeds;
			in_flight[i] += s.score.in_flight / (TICKS / 2.) / seeds;
			six[k] = s.score.to_six ? (double)s.score.to_six : (double)INFINITY;
		}
		qsort(six, seeds, sizeof *six, compare);
		to_six[i] = six[seeds / 2];
		mean += goodput[i] / NOISES;
	}
	free(six);
	printf("%-35s %-20s  %.2f %.2f %.2f %.2f  (%.3f)  %4.1f %4.1f %4.1f %4.1f  %4.0f %4.0f "
	       "%4.0f %4.0f\n",
	    c->name, law->name, goodput[0], goodput[1], goodput[2], goodput[3], mean, in_flight[0],
	    in_flight[1], in_flight[2], in_flight[3], to_six[0], to_six[1], to_six[2], to_six[3]);
}

void
print_curves(unsigned seeds, uint64_t seed)
{
	printf("\n%-56s  %-28s  %-19s  %s\n%-56s ", "curves at noise .1 .3 .5 .8",
	    "throughput (mean)", "in flight", "calls until 6 in flight", "");
	putchar('\n');
	for (unsigned i = 0; i < sizeof curves / sizeof *curves; i++) {
		print_line(&curves[i], &law_gem, seeds, seed);
		print_line(&curves[i], &law_aac, seeds, seed);
	}
}
