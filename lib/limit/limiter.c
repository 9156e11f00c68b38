// SPDX-License-Identifier: MIT
/* Completions feed the table, and after each window of them the table says where to go. */
#include "limit/limiter.h"

#include <math.h>

#define START 5         /* calls in flight at first, the semaphore of many a tutorial */
#define PRICE .09       /* % more throughput that 1 % more calls must bring */
#define STEEP 2         /* slope of ln R by ln N, where calls hinder each other */
#define WINDOW 16       /* completions, or as many as the limit if that is more */
#define BINDING .75     /* of the limit: one that is used less holds nothing back */
#define MEMORY 32.      /* windows in which evidence fades, at levels up to the limit */
#define SPREAD .02      /* weight of a call in the variance */
#define FADE_ABOVE 2.5  /* x as fast at levels above it: capacity grows unseen */
#define REACH 3         /* levels in one step */
#define GROWTH_LASTS 12 /* windows that a gain is taken to last upwards; downwards: one */
#define GAIN 1.25       /* in throughput, that keeps slow start going (as in BBR's startup) */
#define SLOW 2.5        /* x the first latencies: an answer so late does not raise the limit */

#define LEVEL (M_LN2 / 4) /* the distance of two levels */

static int
level_of(double calls)
{
	int k = calls > 1 ? (int)(4 * log2(calls) + .5) : 0;

	return k < LIMITER_LEVELS ? k : LIMITER_LEVELS - 1;
}

static double
calls_at(const struct limiter *l, int level)
{
	return fmin(l->max, floor(exp2(level / 4.) + .5));
}

/* To this limit, which may be the same: a window begins. */
static void
move_to(struct limiter *l, double now, double limit)
{
	l->base = l->limit = fmin(fmax(limit, l->min), l->max);
	l->since = now;
	l->n = l->in_flight = 0;
	l->held = false;
}

void
limiter_init(struct limiter *l, double min, double max)
{
	*l = (struct limiter){.min = min, .max = max, .variance = .25, .starting = true};
	move_to(l, 0, START);
}

/* A call counts at the level that was in flight beside it, whatever the limit has been since. */
static void
record(struct limiter *l, double latency, double in_flight)
{
	int k = level_of(in_flight);
	double off = log(fmax(latency, 1e-4)) - l->level[k].mean;

	if (l->level[k].weight > 1)
		l->variance += SPREAD * (off * off - l->variance);
	l->variance = fmax(l->variance, 1e-6);
	l->level[k].weight++;
	l->level[k].mean += off / l->level[k].weight;
}

static void
fade(struct limiter *l)
{
	int here = level_of(l->limit);

	for (int k = 0; k < LIMITER_LEVELS; k++)
		l->level[k].weight *= 1 - (k > here ? FADE_ABOVE : 1) / MEMORY;
}

struct belief {
	int top;                         /* the highest level */
	int knees;                       /* up to it: half a level apart, each flat and steep */
	double odds[4 * LIMITER_LEVELS]; /* of them */
};

/* How far ln R is at this level above what it is before the knee. */
static double
rise(int level, int knee)
{
	return fmax(0, level - knee / 2 / 2.) * LEVEL * (knee % 2 ? STEEP : 1);
}

/* Minus the log likelihood of a knee; the height of its line is the one that fits best. */
static double
misfit(const struct limiter *l, int top, int knee)
{
	double weights = 0, sum = 0, squares = 0;

	for (int k = 0; k <= top; k++) {
		double w = l->level[k].weight, y = l->level[k].mean - rise(k, knee);

		weights += w;
		sum += w * y;
		squares += w * y * y;
	}
	return weights > 0 ? (squares - sum * sum / weights) / (2 * l->variance) : 0;
}

/* The odds of each knee, against the likeliest. */
static void
believe(const struct limiter *l, struct belief *b)
{
	double least = INFINITY;

	b->top = level_of(l->max);
	b->knees = 4 * b->top + 2;
	for (int i = 0; i < b->knees; i++) {
		b->odds[i] = misfit(l, b->top, i);
		least = fmin(least, b->odds[i]);
	}
	for (int i = 0; i < b->knees; i++)
		b->odds[i] = exp(least - b->odds[i]);
}

/* What another level is expected to bring, if a gain lasts for so many windows and a loss for one. */
static double
gain(const struct belief *b, int from, int to, double lasts)
{
	double sum = 0;

	for (int i = 0; i < b->knees; i++) {
		double g = (1 - PRICE) * (to - from) * LEVEL - (rise(to, i) - rise(from, i));

		sum += b->odds[i] * (g > 0 ? lasts * g : g);
	}
	return sum;
}

/* The best level of those that were seen. */
static int
find_home(const struct limiter *l, const struct belief *b)
{
	double most = 0;
	int home = 0;

	for (int k = 0; k <= b->top; k++) {
		double g = l->level[k].weight > 1 ? gain(b, 0, k, 1) : -INFINITY;

		if (g > most) {
			most = g;
			home = k;
		}
	}
	return home;
}

/* Home, or a level near it that is worth a try; no more than REACH from here at once. */
static int
choose(const struct limiter *l)
{
	struct belief b;
	int here = level_of(l->limit), home, best;
	double most = 0;

	believe(l, &b);
	best = home = find_home(l, &b);
	for (int k = home > REACH ? home - REACH : 0; k <= home + REACH && k <= b.top; k++) {
		double g = gain(&b, home, k, k > home ? GROWTH_LASTS : 1);

		if (g > most) {
			most = g;
			best = k;
		}
	}
	return (int)fmax(here - REACH, fmin(best, here + REACH));
}

static void
end_window(struct limiter *l, double now)
{
	bool binding = l->in_flight / l->n >= BINDING * l->limit;

	fade(l);
	move_to(l, now, binding ? calls_at(l, choose(l)) : l->limit);
}

static void
end_round(struct limiter *l, double now)
{
	double rate = l->n / (now - l->since);

	l->starting = rate > GAIN * l->rate;
	l->rate = rate;
	move_to(l, now, l->starting ? l->limit : calls_at(l, choose(l)));
}

void
limiter_hold(struct limiter *l)
{
	l->held = true;
}

/* Of an answer too. */
void
limiter_observe(struct limiter *l, double now, double latency, double in_flight)
{
	record(l, latency, in_flight);
	l->n++;
	l->in_flight += in_flight;
	if (l->starting && l->n >= l->base && now > l->since) /* not all in one millisecond */
		end_round(l, now);
	else if (!l->starting && l->n >= fmax(WINDOW, l->limit))
		end_window(l, now);
}

void
limiter_answer(struct limiter *l, double now, double latency, double in_flight)
{
	l->answers++;
	l->latency += fmax(.03, 1 / l->answers) * (latency - l->latency);
	if (l->answers <= 2)
		l->first = l->latency;
	if (l->starting && l->held && latency < SLOW * l->first)
		l->limit = fmin(fmin(l->limit + 1.5, 2 * l->base), l->max);
	limiter_observe(l, now, latency, in_flight);
}
