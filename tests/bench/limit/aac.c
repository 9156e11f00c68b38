// SPDX-License-Identifier: MIT
/*
 * The law of PyPI adaptive-concurrency 0.1, for calls one by one.
 *
 * Medians of windows, kept for each number in flight (five of them, for twenty
 * windows). One more is tried; it is kept if it beats the best throughput that
 * was measured at any number by 5 %, else it is a ceiling for ten windows. A
 * median of 1.5 x the number's own history cuts by .7; if that does not help,
 * all history is dropped. A window is as long as its median needs to be known
 * to .08 in logarithm, 5 to 60 calls. A refusal by rate stops everybody for 60 s
 * x 2^n; other failures outside that time cut by .7. It starts with 3.
 */
#include <math.h>
#include <stdlib.h>

#include "law.h"

#define START 3
#define MOST 256
#define KEPT 5
#define FORGET 20 /* windows */
#define CEILING_LIFE 10
#define PROBE_GAIN 1.05
#define CONGESTED 1.5
#define GOOD 1.2
#define CUT .7
#define WINDOW_MIN 5
#define WINDOW_MAX 60
#define PRECISION .08
#define RESIDUALS 200
#define COOL 60
#define COOL_DOUBLINGS 4
#define COOL_QUIET 300

struct history {
	double medians[KEPT];
	int n; /* in all; the last KEPT count */
	int touched;
};

struct aac {
	int level, most, in_flight;
	double changed; /* calls sent before say nothing of this level */
	double failed;  /* the same for failures */
	double samples[MOST];
	int n, wanted; /* samples, and how many make a window; 0: not known yet */
	struct history history[MOST + 1];
	double residuals[RESIDUALS];
	int residual_n;
	int windows;
	int probed_from; /* 0: no probe */
	int ceiling, ceiling_life;
	double cut_from; /* what the latency should fall to after a cut; 0: no cut */
	double pause, breach;
	int breaches;
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(const double *values, int n)
{
	double sorted[MOST];

	for (int i = 0; i < n; i++)
		sorted[i] = values[i];
	qsort(sorted, (size_t)n, sizeof *sorted, compare);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static double
known(const struct aac *a, int level)
{
	const struct history *h = &a->history[level];

	return h->n ? median(h->medians, h->n < KEPT ? h->n : KEPT) : 0;
}

static double
throughput(const struct aac *a, int level)
{
	return a->history[level].n ? level / known(a, level) : 0;
}

static int
window(const struct aac *a)
{
	int least = a->level > WINDOW_MIN ? a->level : WINDOW_MIN, most = RESIDUALS, n;
	double distances[RESIDUALS], x;

	if (a->residual_n < WINDOW_MIN)
		return least;
	n = a->residual_n < most ? a->residual_n : most;
	for (int i = 0; i < n; i++)
		distances[i] = fabs(a->residuals[i]);
	x = 1.2533 * 1.4826 * median(distances, n) / PRECISION;
	n = (int)ceil(fmin(WINDOW_MAX, x * x));
	return n > least ? n : least;
}

static void
set(struct aac *a, double now, int level, int ceiling)
{
	a->level = level;
	a->changed = now;
	a->n = a->wanted = 0;
	a->probed_from = 0;
	if (ceiling) {
		a->ceiling = ceiling;
		a->ceiling_life = CEILING_LIFE;
	}
}

static bool
cut(struct aac *a, double now)
{
	int level = (int)(a->level * CUT);

	if (a->level == 1)
		return false;
	if (level > a->level - 1)
		level = a->level - 1;
	set(a, now, level > 1 ? level : 1, a->level - 1);
	return true;
}

static void
record(struct aac *a, int level, double value)
{
	struct history *h = &a->history[level];

	h->medians[h->n++ % KEPT] = value;
	h->touched = a->windows;
	for (int i = 1; i <= MOST; i++)
		if (a->windows - a->history[i].touched > FORGET)
			a->history[i].n = 0;
}

static void
start_over(struct aac *a, double value)
{
	for (int i = 1; i <= MOST; i++)
		a->history[i].n = 0;
	record(a, a->level, value);
}

static void
climb(struct aac *a, double now)
{
	int next = a->level + 1, from = a->level;

	if (next > a->most || (a->ceiling && next > a->ceiling))
		return;
	set(a, now, next, 0);
	a->probed_from = from;
}

/* Was the probe worth it? If not, back. */
static bool
probe_lost(struct aac *a, double now, double value, int from)
{
	double best = 0;

	for (int i = 1; i <= MOST; i++)
		if (i != a->level)
			best = fmax(best, throughput(a, i));
	record(a, a->level, value);
	if (best > 0 && throughput(a, a->level) < PROBE_GAIN * best) {
		set(a, now, from, a->level - 1);
		return true;
	}
	return false;
}

/* With more evidence, is one less as good after all? */
static bool
stepped_back(struct aac *a, double now)
{
	int below = a->level - 1;

	if (a->history[a->level].n < 2 || below < 1 || !a->history[below].n ||
	    throughput(a, a->level) >= PROBE_GAIN * throughput(a, below))
		return false;
	set(a, now, below, below);
	return true;
}

static void
evaluate(struct aac *a, double now)
{
	double value = median(a->samples, a->n), own = known(a, a->level), cut_from = a->cut_from;
	int from = a->probed_from;

	for (int i = 0; i < a->n; i++)
		a->residuals[a->residual_n++ % RESIDUALS] = log(a->samples[i] / value);
	a->n = a->wanted = 0;
	a->windows++;
	a->probed_from = 0;
	a->cut_from = 0;
	if (cut_from > 0 && value >= sqrt(CONGESTED) * cut_from) {
		start_over(a, value);
		return;
	}
	if (from) {
		if (probe_lost(a, now, value, from))
			return;
	} else if (own > 0 && value > CONGESTED * own) {
		if (cut(a, now))
			a->cut_from = own;
		else
			start_over(a, value);
		return;
	} else {
		record(a, a->level, value);
		if (stepped_back(a, now))
			return;
	}
	if (a->ceiling && --a->ceiling_life <= 0)
		a->ceiling = 0;
	if (!(own > 0) || value <= GOOD * own)
		climb(a, now);
}

static void
init(void *state, const struct gate_config *config, struct sim *sim)
{
	struct aac *a = state;

	(void)sim;
	*a = (struct aac){.most = (int)config->max, .breach = -COOL_QUIET};
	a->level = a->most < START ? a->most : START;
}

static double
when(void *state, double now)
{
	const struct aac *a = state;

	return a->in_flight >= a->level ? INFINITY : fmax(now, a->pause);
}

static void
sent(void *state, double now, struct permit *permit)
{
	struct aac *a = state;

	*permit = (struct permit){.sent = now, .in_flight = ++a->in_flight};
}

static void
breach(struct aac *a, double now)
{
	int n;

	a->breaches = now - a->breach > COOL_QUIET ? 1 : a->breaches + 1;
	a->breach = now;
	n = a->breaches - 1 < COOL_DOUBLINGS ? a->breaches - 1 : COOL_DOUBLINGS;
	a->pause = fmax(a->pause, now + COOL * (double)(1 << n));
}

static void
done(void *state, double now, const struct permit *permit, const struct feedback *o)
{
	struct aac *a = state;

	a->in_flight--;
	if (o->load == LOAD_RATE) {
		breach(a, now);
	} else if (o->load == LOAD_BUSY) {
		if (now >= a->pause && permit->sent >= a->failed) {
			cut(a, now);
			a->failed = now;
		}
	} else if (permit->sent >= a->changed) {
		a->samples[a->n++] = o->latency;
		if (!a->wanted)
			a->wanted = window(a);
		if (a->n >= a->wanted)
			evaluate(a, now);
	}
}

static double
limit(const void *state)
{
	return ((const struct aac *)state)->level;
}

const struct law law_aac = {
    "adaptive-concurrency", sizeof(struct aac), init, when, sent, done, limit, NULL, false};
