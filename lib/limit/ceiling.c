// SPDX-License-Identifier: MIT
/* Found, confirmed, lifted, refuted. */
#include "limit/ceiling.h"

#include <math.h>

#define PATIENCE 8 /* answers at a new ceiling before it is lifted */
#define PATIENCE_MAX 200
#define CROWDED .5   /* of what is known to be admitted: an answer to fewer tells nothing of it */
#define FAR_BELOW .7 /* of it: a refusal there is chance, and no ceiling */
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
	if (c->limit == INFINITY || in_flight < CROWDED * c->good || --c->left > 0)
		return;
	c->good = c->limit;
	c->limit += c->rise;
	c->rise *= 2;
	c->left = c->patience;
	c->first_up = INFINITY;
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
		if (c->patience >= PATIENCE)
			c->limit = c->good = fmin(at, c->limit);
		return;
	}
	if (known && (r->in_flight < FAR_BELOW * c->good || c->first_up == INFINITY ||
			 r->sent > c->first_up)) {
		c->patience = fmax(1, c->patience / 2);
		c->left = fmin(c->left, c->patience);
		return;
	}
	if (known)
		c->patience = fmin(2 * c->patience, PATIENCE_MAX);
	c->by_rate = r->by_rate;
	c->since = now;
	/* once is no ceiling */
	set(c, at, known ? fmax(c->patience, r->cost / WASTE) : c->patience);
}
