// SPDX-License-Identifier: MIT
/* Found, confirmed, lifted, refuted. */
#include "limit/ceiling.h"

#include <math.h>

#define PATIENCE 8 /* answers at a new ceiling before it is lifted */
#define PATIENCE_MAX 200
#define CROWDED .5   /* of `good`: an answer with fewer in flight tells nothing of the ceiling */
#define FAR_BELOW .7 /* of `good`: a refusal with fewer in flight is chance, and no ceiling */
#define RARE .1      /* of the calls: where fewer are refused, each refusal tells something */
#define WASTE .01    /* of the answers may be lost to the pauses of refusals */
#define NONE -INFINITY

void
ceiling_init(struct ceiling *c)
{
	*c = (struct ceiling){
	    .limit = INFINITY, .good = INFINITY, .first_up = NONE, .patience = PATIENCE};
}

/* A limit that stands for so many answers. */
static void
set(struct ceiling *c, double limit, double answers)
{
	c->limit = c->good = limit;
	c->left = answers;
	c->rise = 1;
	c->first_up = NONE;
}

void
ceiling_begin(struct ceiling *c, double limit)
{
	ceiling_init(c);
	set(c, limit, c->patience);
}

bool
ceiling_is_firm(const struct ceiling *c)
{
	return c->patience > PATIENCE;
}

void
ceiling_sent(struct ceiling *c, double now, double in_flight)
{
	if (in_flight > c->good && c->first_up == NONE)
		c->first_up = now;
}

void
ceiling_answer(struct ceiling *c, double known, double in_flight, double most)
{
	bool tried = c->limit == c->good || (c->first_up != NONE && c->first_up <= known);

	if (c->limit < INFINITY && tried && in_flight >= CROWDED * c->good && --c->left <= 0) {
		c->good = c->limit;
		c->limit += c->rise;
		c->rise *= 2;
		c->left = fmin(c->patience, c->limit);
		c->first_up = NONE;
	}
	if (c->limit > most)
		c->limit = INFINITY;
}

static void
find(struct ceiling *c, const struct refused_call *r, double at, double answers)
{
	c->by_rate = r->by_rate;
	c->since = r->now;
	set(c, at, answers);
}

/* It stands half as long; a level that was good but refused a call is good no longer. */
static void
refute(struct ceiling *c, const struct refused_call *r, double at, bool near)
{
	if (near && r->in_flight <= c->good && r->share < RARE) {
		c->good = at;
		c->first_up = NONE;
	}
	c->patience = fmax(1, c->patience / 2);
	c->left = fmin(c->left, c->patience);
}

void
ceiling_refused(struct ceiling *c, const struct refused_call *r)
{
	double at = fmax(1, r->in_flight - 1);
	bool near = r->in_flight >= FAR_BELOW * c->good;
	bool first = /* above `good`, or sent before that one */
	    r->sent < c->first_up || (r->sent == c->first_up && r->in_flight > c->good);

	if (c->limit == INFINITY) { /* the first one: not confirmed */
		find(c, r, at, c->patience);
	} else if (c->by_rate && !r->by_rate) { /* a 503 tells nothing of a ceiling of 429s */
		if (r->sent == c->first_up)
			c->first_up = NONE;
	} else if (r->sent < c->since) { /* it was sent before: lowers it, unless that is doubted */
		if (c->patience >= PATIENCE && near) {
			c->good = fmin(at, c->good);
			c->limit = fmin(at, c->limit);
		}
	} else if (near && first) {
		c->patience = fmin(2 * c->patience, PATIENCE_MAX);
		find(c, r, at, fmax(c->patience, r->cost / WASTE));
	} else {
		refute(c, r, at, near);
	}
}
