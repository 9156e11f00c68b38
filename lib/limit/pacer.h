// SPDX-License-Identifier: MIT
/*
 * How fast: a token bucket with the rate of a quota, in calls or in tokens, that
 * refusals reveal.
 *
 * Between two refusals, the hint included, a server admits exactly its quota. So
 * what was admitted over that time, averaged with what was known before, is the
 * lower end, `base`; the upper one, `high`, is the same without the hint, or the
 * rate of the sends that were just refused. The pace starts at the base, climbs
 * fast to `high`, and carefully beyond: there each step costs refusals, so it waits
 * until those of the last episode are WASTE of what the long run makes meanwhile,
 * and the pauses PAUSED of the time. A quota that the server names is where to
 * start, and is not believed. Nothing is limited before the first refusal.
 *
 * Random refusals make the base fall, again and again, since a slower pace is
 * refused as often. Then three times the pace is tried: if more goes through, and
 * the share of refusals stays, they are noise, and teach nothing.
 * Pure: libm, limit/refused_call. Seconds on the caller's clock; rates are units a second.
 */
#ifndef LIMIT_PACER_H
#define LIMIT_PACER_H

#include "limit/refused_call.h"

#define PACER_LONGEST 60 /* seconds of a wait that the server has not asked for */

struct pacer {
	double units; /* of a call, on average */

	double rate;       /* now; INFINITY: nothing was refused yet */
	double base, high; /* the quota is believed to lie between them */

	/* base = sum / time: units and seconds, of calls sent from counted until learned */
	double sum, time, counted, learned;
	double admitted, epoch; /* units since the epoch, refused ones taken back */
	double total, began;    /* likewise, since the run began */
	double long_run;        /* the rate since then, at the last refusal */

	/* the climb */
	double quiet_since; /* its clock starts here */
	double curiosity;   /* factor of the quiet time */
	double beyond;      /* quiet times since the first was over: a climb beyond `high` */

	double refusals, dismissed; /* of this episode; taken for noise since it began */
	bool futile;                /* nothing was admitted between the last two */
	double last_refusal;
	double pause; /* after the last one that was learned from */

	/* is it chance? */
	double top;   /* the base that it has fallen from */
	int falls;    /* since then */
	double noise; /* share that is refused at any pace; 0: none known */
	double trial; /* base before it was raised to see whether that is so; 0: no trial */

	double bucket, filled;     /* units in the bucket, as of that time */
	double spacing, last_sent; /* mean time between sends */
};

void pacer_init(struct pacer *p, double units);

double pacer_when(struct pacer *p, double now); /* now, or when a call may start */
void pacer_sent(struct pacer *p, double now);

/* A call has taken so many more units than was believed when it was sent; below 0: fewer. */
void pacer_take(struct pacer *p, double units);

/* A call was refused, by whatever: it has used nothing. */
void pacer_take_back(struct pacer *p, double sent, double units);

/*
 * Dismisses a refusal that comes by chance, at any pace; false: it may be the quota's. A trial that
 * is long enough ends here.
 */
bool pacer_dismiss(struct pacer *p, const struct refused_call *r);

/* Begins anew at this base: what was refused before tells nothing of it. */
void pacer_begin(struct pacer *p, double now, double base);

/* The quota has refused a call: how long nothing is to be sent. */
double pacer_refused(struct pacer *p, const struct refused_call *r);

#endif
