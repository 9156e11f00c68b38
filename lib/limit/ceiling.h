// SPDX-License-Identifier: MIT
/*
 * How many calls in flight the server admits, found by its refusals.
 *
 * A refusal that names no rate may mean too many in flight. The ceiling is confirmed
 * when the first call above a level known to be good is the one that is refused: then
 * it stands for twice as many answers, and longer still where a refusal costs a pause.
 * Any other refusal halves their number, so random failures wear it off. Where refusals
 * are rare, a level that has refused a call is no longer known to be good. When those
 * answers have come, it is lifted by one, then two, then four, each tried before the
 * next; after the first lift a round of answers is enough.
 * Pure: libm, limit/refused_call.
 */
#ifndef LIMIT_CEILING_H
#define LIMIT_CEILING_H

#include "limit/refused_call.h"

struct ceiling {
	double limit;    /* in force; INFINITY: no ceiling is known */
	double good;     /* a level known to be admitted */
	double first_up; /* when the first call above `good` was sent; -INFINITY: none yet */
	double since;    /* when the limit was found */
	bool by_rate;    /* it was found by a 429, not by a 503 */
	double patience; /* answers until a lift; doubled when confirmed, halved when refuted */
	double left;     /* of these answers */
	double rise;     /* calls that the next lift adds */
};

void ceiling_init(struct ceiling *c);
void ceiling_begin(struct ceiling *c, double limit); /* starts here, for answers to lift it */
bool ceiling_is_firm(const struct ceiling *c);       /* confirmed at least once */

void ceiling_sent(struct ceiling *c, double now, double in_flight);

/*
 * An answer to a call that was one of so many in flight: may lift the ceiling, which is dropped
 * above `most`, the most in flight at any time. Refusals of calls sent before `known` have come.
 */
void ceiling_answer(struct ceiling *c, double known, double in_flight, double most);

/* A call was refused: the ceiling is found, confirmed or refuted. */
void ceiling_refused(struct ceiling *c, const struct refused_call *r);

#endif
