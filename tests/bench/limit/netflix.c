// SPDX-License-Identifier: MIT
/*
 * Netflix concurrency-limits: AIMD, Vegas, Gradient2. They hear of a refusal as
 * a drop, and of no hint.
 */
#include "common.h"

/* ---- Netflix concurrency-limits: AIMDLimit (timeout raised from 5 s to 60 s) ---- */

#define NETFLIX_INITIAL 20
#define AIMD_BACKOFF .9
#define AIMD_TIMEOUT 60

static void
netflix_init(void *state, const struct gate_config *config, struct sim *sim)
{
	(void)sim;
	*(struct common *)state = (struct common){.limit = NETFLIX_INITIAL, .max = config->max};
}

static void
aimd_done(void *state, double now, const struct permit *permit, const struct feedback *o)
{
	struct common *c = state;

	(void)now;
	c->in_flight--;
	if (refused(o) || o->latency > AIMD_TIMEOUT)
		c->limit = fmax(1, floor(c->limit * AIMD_BACKOFF));
	else if (permit->in_flight * 2 >= c->limit)
		c->limit = fmin(c->max, c->limit + 1);
}

const struct law law_aimd = {"AIMD", sizeof(struct common), netflix_init, common_when, common_sent,
    aimd_done, common_limit, NULL, false};

/* ---- the same: VegasLimit ---- */

#define VEGAS_PROBE 30 /* samples per call in flight between two new minima */

struct vegas {
	struct common c;
	double least, probe;
};

static void
vegas_done(void *state, double now, const struct permit *permit, const struct feedback *o)
{
	struct vegas *v = state;
	struct common *c = &v->c;
	double log = fmax(1, log10(c->limit)), queue;

	(void)now;
	c->in_flight--;
	if (!refused(o) && (++v->probe >= VEGAS_PROBE * c->limit || !(v->least > 0))) {
		v->probe = 0;
		v->least = o->latency;
		return;
	}
	if (!refused(o))
		v->least = fmin(v->least, o->latency);
	queue = ceil(c->limit * (1 - v->least / o->latency));
	if (refused(o))
		c->limit -= log;
	else if (permit->in_flight * 2 < c->limit)
		return;
	else if (queue <= log)
		c->limit += 6 * log;
	else if (queue < 3 * log)
		c->limit += log;
	else if (queue > 6 * log)
		c->limit -= log;
	c->limit = fmax(1, fmin(c->max, c->limit));
}

const struct law law_vegas = {"Vegas", sizeof(struct vegas), netflix_init, common_when, common_sent,
    vegas_done, common_limit, NULL, false};

/* ---- the same: Gradient2Limit in a WindowedLimit of one second ---- */

#define GRADIENT_WINDOW 1  /* seconds; one with fewer than */
#define GRADIENT_ENOUGH 10 /* samples is dropped */
#define GRADIENT_LONG 600
#define GRADIENT_WARMUP 10
#define GRADIENT_LEAST 20

struct gradient {
	struct common c;
	double sum, n, most_in_flight, until;
	double slow, slow_n; /* the long average */
};

static double
long_average(struct gradient *g, double rtt)
{
	g->slow_n++;
	if (g->slow_n <= GRADIENT_WARMUP)
		g->slow += (rtt - g->slow) / g->slow_n;
	else
		g->slow += (rtt - g->slow) * 2 / (GRADIENT_LONG + 1);
	if (g->slow / rtt > 2)
		g->slow *= .95;
	return g->slow;
}

static void
gradient_update(struct gradient *g)
{
	double rtt = g->sum / g->n, gradient, limit = g->c.limit;

	gradient = fmax(.5, fmin(1, 1.5 * long_average(g, rtt) / rtt));
	if (g->most_in_flight < limit / 2)
		return;
	limit = .8 * limit + .2 * (limit * gradient + 4);
	g->c.limit = fmax(fmin(GRADIENT_LEAST, g->c.max), fmin(g->c.max, limit));
}

static void
gradient_done(void *state, double now, const struct permit *permit, const struct feedback *o)
{
	struct gradient *g = state;

	g->c.in_flight--;
	g->sum += o->latency; /* of refusals as well: it does not tell them apart */
	g->n++;
	g->most_in_flight = fmax(g->most_in_flight, permit->in_flight);
	if (now < g->until)
		return;
	g->until = now + GRADIENT_WINDOW;
	if (g->n >= GRADIENT_ENOUGH)
		gradient_update(g);
	g->sum = g->n = g->most_in_flight = 0;
}

const struct law law_gradient = {"Gradient2", sizeof(struct gradient), netflix_init, common_when,
    common_sent, gradient_done, common_limit, NULL, false};
