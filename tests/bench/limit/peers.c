// SPDX-License-Identifier: MIT
/* What people really use: a fixed number (the tutorial's five), inspect_ai, Oumi. */
#include "common.h"

/* ---- a fixed number; a hint is for everybody, a spent day is the end ---- */

static void
fixed_init(void *state, const struct gate_config *config, struct sim *sim)
{
	(void)sim;
	*(struct common *)state = (struct common){.limit = config->max, .max = config->max};
}

static void
fixed_done(void *state, double now, const struct permit *permit, const struct feedback *o)
{
	struct common *c = state;

	(void)permit;
	c->in_flight--;
	if (refused(o) && o->hint > 0)
		c->pause = fmax(c->pause, now + o->hint);
}

const struct law law_fixed = {"fixed", sizeof(struct common), fixed_init, common_when, common_sent,
    fixed_done, common_limit, NULL, true};

/* ---- inspect_ai: doubles per clean round up to the first refusal, then 5 % a round ---- */

#define INSPECT_MIN 10
#define INSPECT_START 20
#define INSPECT_MAX 100
#define INSPECT_COOL 15 /* seconds between two cuts; a longer hint prolongs it */

struct inspect {
	struct common c;
	double cool, successes, most_in_flight;
	bool refused_once;
};

static void
inspect_init(void *state, const struct gate_config *config, struct sim *sim)
{
	(void)sim;
	*(struct common *)state = (struct common){
	    .limit = fmin(INSPECT_START, config->max), .max = fmin(INSPECT_MAX, config->max)};
}

static void
inspect_round(struct inspect *i)
{
	double limit = i->c.limit;

	if (i->most_in_flight >= .8 * limit)
		limit = i->refused_once ? limit + fmax(1, floor(.05 * limit)) : 2 * limit;
	i->c.limit = fmin(i->c.max, limit);
	i->successes = i->most_in_flight = 0;
}

static void
inspect_done(void *state, double now, const struct permit *permit, const struct feedback *o)
{
	struct inspect *i = state;

	i->c.in_flight--;
	i->most_in_flight = fmax(i->most_in_flight, permit->in_flight);
	if (o->load == LOAD_RATE) {
		i->refused_once = true;
		if (now >= i->cool)
			i->c.limit = fmax(fmin(INSPECT_MIN, i->c.max), floor(.8 * i->c.limit));
		i->cool = fmax(i->cool, now + fmax(INSPECT_COOL, o->hint));
		i->successes = 0;
	} else if (o->load == LOAD_BUSY) {
		i->successes = 0; /* holds growth, does not cut */
	} else if (now >= i->cool && ++i->successes >= fmax(4, floor(i->c.limit))) {
		inspect_round(i);
	}
}

const struct law law_inspect = {"inspect_ai", sizeof(struct inspect), inspect_init, common_when,
    common_sent, inspect_done, common_limit, NULL, false};

/* ---- Oumi: by the share of errors among the last outcomes, at most every ten seconds ---- */

#define OUMI_MIN 5
#define OUMI_MAX 100
#define OUMI_STEP 5
#define OUMI_EVERY 10
#define OUMI_ENOUGH 10
#define OUMI_LAST 1000
#define OUMI_THRESHOLD .01

struct oumi {
	struct common c;
	double last;
	bool cut;               /* in backoff */
	unsigned good, bad;     /* looks in a row, while in backoff */
	unsigned n, at, errors; /* ring of outcomes */
	bool error[OUMI_LAST];
};

static void
oumi_init(void *state, const struct gate_config *config, struct sim *sim)
{
	(void)sim;
	*(struct common *)state = (struct common){
	    .limit = fmin(OUMI_MIN, config->max), .max = fmin(OUMI_MAX, config->max)};
}

static void
oumi_set(struct oumi *u, double now, double limit)
{
	limit = fmax(fmin(OUMI_MIN, u->c.max), fmin(u->c.max, limit));
	if (limit == u->c.limit)
		return;
	u->c.limit = limit;
	u->n = u->at = u->errors = u->good = u->bad = 0;
	u->last = now;
}

static void
oumi_look(struct oumi *u, double now)
{
	double share = (double)u->errors / u->n;

	if (share >= OUMI_THRESHOLD && !u->cut) {
		oumi_set(u, now, floor(.8 * u->c.limit));
		u->cut = true;
		return;
	}
	if (u->cut && share > 0) {
		u->good = 0;
		if (++u->bad >= 2)
			oumi_set(u, now, floor(.8 * u->c.limit));
		return;
	}
	if (u->cut) {
		u->bad = 0;
		if (++u->good < 2)
			return;
		u->cut = false;
	}
	oumi_set(u, now, u->c.limit + OUMI_STEP);
}

static void
oumi_done(void *state, double now, const struct permit *permit, const struct feedback *o)
{
	struct oumi *u = state;

	(void)permit;
	u->c.in_flight--;
	if (u->n == OUMI_LAST)
		u->errors -= u->error[u->at];
	else
		u->n++;
	u->error[u->at] = refused(o);
	u->errors += refused(o);
	u->at = (u->at + 1) % OUMI_LAST;
	if (u->n >= OUMI_ENOUGH && now - u->last >= OUMI_EVERY)
		oumi_look(u, now);
}

const struct law law_oumi = {"Oumi", sizeof(struct oumi), oumi_init, common_when, common_sent,
    oumi_done, common_limit, NULL, false};
