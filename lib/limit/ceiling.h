// SPDX-License-Identifier: MIT
/*
 * A number in flight at which the server refuses.
 *
 * A refusal that names no rate may mean a full house. That is believed when the
 * first call above a level known to be good is the one that is refused, and each
 * time makes it stand longer; any other refusal makes it stand half as long, which
 * is the filter against random failures too. Where those are rare, a level that has
 * refused a call is no longer known to be good. Answers to as many calls lift it
 * carefully: by one, then two, then four, each of them tried before the next. Where a
 * refusal costs a pause, a confirmed one stands the longer for it; once it has been
 * lifted, a round of answers is enough for the next lift.
 * Pure: libm only.
 */
#ifndef LIMIT_CEILING_H
#define LIMIT_CEILING_H

#include <stdbool.h>

struct ceiling {
	double limit;    /* in force; INFINITY: none known */
	double good;     /* a level known to be admitted */
	double first_up; /* when the first call above `good` was sent; -INFINITY: none yet */
	double since;    /* when it was found */
	bool by_rate;    /* by 429, not by 503 */
	double patience; /* answers that lift it; doubled when confirmed, halved when refuted */
	double left;     /* of them */
	double rise;     /* calls, with the next lift */
};

void ceiling_init(struct ceiling *c);
void ceiling_begin(struct ceiling *c, double limit); /* one to start from, for answers to lift */
bool ceiling_is_firm(const struct ceiling *c);       /* confirmed at least once */

void ceiling_sent(struct ceiling *c, double now, double in_flight);

/*
 * To a call that was one of so many: may lift it; above the most that are allowed it is none. Calls
 * that were sent before `known` would have been refused by now.
 */
void ceiling_answer(struct ceiling *c, double known, double in_flight, double most);

struct ceiling_refusal {
	double in_flight, sent; /* of the call */
	double cost;            /* answers, of the pause that comes with it */
	double share;           /* of the last calls, that was refused */
	bool by_rate;           /* 429, not 503 */
};

/* A call was refused: the ceiling is found, confirmed or refuted. */
void ceiling_refused(struct ceiling *c, double now, const struct ceiling_refusal *r);

#endif
