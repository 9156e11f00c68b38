// SPDX-License-Identifier: MIT
/*
 * How fast: a quota that refusals reveal, in units of calls or of tokens.
 *
 * Between two refusals exactly the quota was admitted, hints included, so what
 * was admitted over that time, and a while of what was known, is its lower end,
 * `base`; its upper one, `high`, is the same without the hint, or the rate of the
 * sends that were just refused. The pace is the base, climbs fast inside that
 * interval and carefully beyond it: there each step costs refusals, so it stays
 * quiet until those of the last episode are WASTE of what the long run makes
 * meanwhile, and the pauses PAUSED of the time. What a server says of its quota
 * is a start, never a belief. Nothing is limited before the first refusal.
 *
 * What is refused by chance makes the base fall, again and again, since a slower
 * pace is refused as often. Then three times the pace is tried: if more goes
 * through, and that share of refusals stays, it is noise, and teaches nothing.
 * Pure: libm only. Seconds on the caller's clock; rates are units a second.
 */
#ifndef LIMIT_PACER_H
#define LIMIT_PACER_H

#include <stdbool.h>

#define PACER_LONGEST 60 /* seconds of a wait that the server has not asked for */

struct pacer {
	double rate;       /* now; INFINITY: nothing was refused yet */
	double base, high; /* the quota is believed to lie between them */

	/* base: sum units in time seconds, of calls sent from counted until learned */
	double sum, time, counted, learned;
	double admitted, epoch; /* units since the epoch, refused ones taken back */
	double total, began;    /* likewise, since the run began */
	double long_run;        /* the rate of that, at the last refusal */

	/* the climb */
	double quiet_since;    /* its clock starts here */
	double curiosity;      /* factor of the quiet time */
	double inside, beyond; /* how far it has come */

	/* refusals: of this episode; those of it taken for noise; in a row, nothing being admitted */
	double refusals, dismissed, futile;
	double last_refusal;
	double pause; /* that the last one to be learned from has cost */

	/* is it chance? */
	double top;   /* the base that it has fallen from */
	int falls;    /* since then */
	double noise; /* share that is refused at any pace; 0: none known */
	double trial; /* base before it was raised to see whether that is so; 0: it is */

	double bucket, filled;     /* units that may go at once, as of that time */
	double spacing, last_sent; /* mean time between sends */
	bool held;                 /* the next send had to wait for the pace */
	double binding;            /* share of sends that had to */
};

void pacer_init(struct pacer *p);

/* now, or when a call of so many units may start. */
double pacer_when(struct pacer *p, double now, double units);
void pacer_sent(struct pacer *p, double now, double units);

/* So many units go through, or went beyond what a start has taken; below 0: it took too many. */
void pacer_take(struct pacer *p, double units);

/* A call was refused, by whatever: it has used nothing. */
void pacer_take_back(struct pacer *p, double sent, double units);

struct pacer_refusal {
	double now, sent;
	double hint;  /* 0: none */
	double value; /* the quota that the server names; 0: none */
	double units; /* of a call */
	double delay; /* until a refusal is known, mean */
	double share; /* of the last calls, that was refused */
	bool certain; /* it is a quota, and no chance */
};

/*
 * Dismisses a refusal that comes by chance, at any pace; false: it may be the quota's. A trial that
 * is long enough ends here.
 */
bool pacer_dismiss(struct pacer *p, const struct pacer_refusal *r);

/* It was no quota that has refused: begins anew, well above what was sent. */
void pacer_acquit(struct pacer *p, double now);

/* The quota has refused a call: how long nothing is to be sent. */
double pacer_refused(struct pacer *p, const struct pacer_refusal *r);

#endif
