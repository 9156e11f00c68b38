// SPDX-License-Identifier: MIT
/* Found, confirmed, lifted, refuted. */
#include "limit/ceiling.h"

#include <math.h>

#define PATIENCE 8 /* answers at a new ceiling before it is lifted */
#define PATIENCE_MAX 200
#define CROWDED .5   /* of what is known to be admitted: an answer to fewer tells nothing of it */
#define FAR_BELOW .7 /* of it: a refusal there is chance, and no ceiling */
#define RARE .1      /* of calls, refused: fewer, and each of them tells something */
#define WASTE .01    /* of answers, that a refusal may cost */

void
ceiling_init(struct ceiling *c)
{
	c->limit = c->good = c->first_up = INFINITY;
	c->patience = PATIENCE;
}

/* Stands for so many answers. */
static void
set(struct ceiling *c, double limit, double answers)
{
	c->limit = c->good = limit;
	c->left = answers;
	c->rise = 1;
	c->first_up = INFINITY;
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
	if (in_flight > c->good && c->first_up == INFINITY)
		c->first_up = now;
}

void
ceiling_answer(struct ceiling *c, double in_flight)
{
	bool untried = c->limit > c->good && c->first_up == INFINITY;

	if (c->limit == INFINITY || untried || in_flight < CROWDED * c->good || --c->left > 0)
		return;
	c->good = c->limit;
	c->limit += c->rise;
	c->rise *= 2;
	c->left = c->patience;
	c->first_up = INFINITY;
}

/* Was it the first call above what is known to be admitted, or sent before that one? */
static bool
is_first(const struct ceiling *c, const struct ceiling_refusal *r)
{
	if (c->first_up == INFINITY)
		return false;
	return r->sent < c->first_up || (r->sent == c->first_up && r->in_flight > c->good);
}

/* It stands half as long, and at a level known to be good the next call is watched again. */
static void
refute(struct ceiling *c, const struct ceiling_refusal *r, double at)
{
	bool near = r->in_flight >= FAR_BELOW * c->good && r->in_flight <= c->good;

	if (near && r->share < RARE) {
		c->good = at;
		c->first_up = INFINITY;
	}
	c->patience = fmax(1, c->patience / 2);
	c->left = fmin(c->left, c->patience);
}

void
ceiling_full(struct ceiling *c, double now, const struct ceiling_refusal *r)
{
	double at = fmax(1, r->in_flight - 1);
	bool known = c->limit < INFINITY;

	if (known && c->by_rate && !r->by_rate) { /* not what this ceiling is made of */
		if (r->sent == c->first_up)
			c->first_up = INFINITY;
		return;
	}
	if (known && r->sent < c->since) { /* with the one that told it, unless that is doubted */
		if (c->patience >= PATIENCE) {
			c->good = fmin(at, c->good);
			c->limit = fmin(at, c->limit);
		}
		return;
	}
	if (known && (r->in_flight < FAR_BELOW * c->good || !is_first(c, r))) {
		refute(c, r, at);
		return;
	}
	if (known)
		c->patience = fmin(2 * c->patience, PATIENCE_MAX);
	c->by_rate = r->by_rate;
	c->since = now;
	/* once is no ceiling */
	set(c, at, known ? fmax(c->patience, r->cost / WASTE) : c->patience);
}
