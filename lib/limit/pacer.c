// SPDX-License-Identifier: MIT
/* A token bucket whose rate is a function of the time since the last refusal. */
#include "limit/pacer.h"

#include <math.h>

#define WASTE .012   /* refusals that a climb may cost, as a share of what goes through */
#define PAUSED .1    /* share of the time that pauses may take */
#define BELOW .98    /* x the base: the pace at first */
#define DOUBLING 8   /* times between two calls until the pace doubles, up to `high` */
#define MEMORY 5     /* earlier knowledge weighs as much as so many calls … */
#define PAUSES 2     /* … and as much as this many times the pause that is asked for */
#define BURST .02    /* seconds that the bucket holds beside one call: clocks have milliseconds */
#define FALLS 4      /* of the base: after more of them it may be noise … */
#define RESTING .95  /* … where no lower than this share of it is no fall */
#define FAR .6       /* of the base at the top: a quota that has fallen is found by then */
#define MOSTLY .6    /* of the calls: where more are refused it is no noise */
#define RAISE 3      /* x the base, on trial */
#define TRIAL 16     /* calls until the trial tells */
#define FASTER 1.4   /* x the base: if less is admitted on trial, a quota refuses */
#define NOISE .15    /* of the calls may be refused in noise … */
#define UNUSUAL 1.5  /* … and so many times what usually is */
#define SLOWEST 600  /* seconds between two calls: slower is no pace, but a pause */
#define INSTANT 1e-3 /* seconds: a time below it is none */
#define NEWS .1      /* so far outside of what was believed: the quota has changed */
#define AT_ONCE 1e-9 /* seconds between two sends: less is none */
#define PROBE 3      /* none admitted: wait a third of the time that it has been so */

void
pacer_init(struct pacer *p, double units)
{
	*p = (struct pacer){
	    .units = units, .rate = INFINITY, .base = INFINITY, .curiosity = 1, .began = -1};
}

static void
climb(struct pacer *p, double now)
{
	double refusals = fmin(4, p->refusals) * p->units / (WASTE * p->long_run);
	double pauses = fmin(PACER_LONGEST, p->pause) / PAUSED;
	double quiet = p->curiosity * fmax(refusals, pauses), since = now - p->quiet_since;
	double doublings = fmax(0, since / (DOUBLING * p->units / p->base) - 1);
	double inside = fmin(doublings, log2(p->high / p->base));

	p->beyond = fmax(0, since / quiet - 1);
	p->rate = BELOW * p->base * exp2(inside) + 2 * p->long_run * p->beyond * p->beyond;
}

double
pacer_when(struct pacer *p, double now)
{
	double full = p->units + BURST * p->base, dt = fmax(0, now - p->filled);

	if (p->rate == INFINITY)
		return now;
	p->bucket += p->rate * dt;
	p->filled += dt;
	if (p->bucket >= full) { /* nothing wants to start: the climb's clock stands still */
		p->quiet_since += fmin(dt, (p->bucket - full) / p->rate);
		p->bucket = full;
	}
	climb(p, now);
	return now + fmax(0, p->units - p->bucket) / p->rate;
}

void
pacer_take(struct pacer *p, double units)
{
	p->admitted += units;
	p->total += units;
	p->bucket -= units;
}

void
pacer_sent(struct pacer *p, double now)
{
	if (p->began < 0)
		p->began = p->epoch = p->last_sent = now;
	p->spacing += (now - p->last_sent - p->spacing) / 16;
	p->last_sent = now;
	pacer_take(p, p->units);
}

void
pacer_take_back(struct pacer *p, double sent, double units)
{
	p->total -= units;
	if (sent >= p->learned)
		p->admitted -= units;
}

static void
set_base(struct pacer *p)
{
	p->base = fmax(fmax(p->sum, p->units) / fmax(p->time, INSTANT), p->units / SLOWEST);
}

/* Calls a second, as the last ones were sent. */
static double
send_rate(const struct pacer *p)
{
	return 1 / fmax(p->spacing, AT_ONCE);
}

/* The upper end: the rate admitted, the pause left out; or that of the sends, if `faster`. */
static void
set_high(struct pacer *p, const struct refused_call *r, bool faster)
{
	double sends = faster ? p->units * send_rate(p) : 0;
	double between = p->admitted / fmax(r->now - p->epoch, INSTANT);

	p->high = fmax(p->base, fmax(between, sends));
}

/* From here on it is counted how often the base falls. */
static void
mark_top(struct pacer *p)
{
	p->top = p->base;
	p->falls = 0;
}

/* What was admitted since the last refusal is the quota of that time. */
static void
learn(struct pacer *p, const struct refused_call *r)
{
	double old = p->base, end = r->now + r->hint;
	bool first = old == INFINITY, climbed = p->beyond > 0;
	double known = first ? 0 : MEMORY * p->units + PAUSES * r->hint * old;

	p->sum = p->admitted + known;
	p->time = end - p->epoch + known / old;
	set_base(p);
	if (p->base > p->top)
		mark_top(p);
	else if (!climbed && p->base < RESTING * old)
		p->falls++;
	if (p->base < (1 - NEWS) * old || p->base > (1 + NEWS) * p->high)
		p->curiosity = .5;
	else if (climbed)
		p->curiosity = fmin(2, 2 * p->curiosity);
	p->refusals = 1;
	p->pause = r->hint;
	set_high(p, r, first || climbed || p->base > 1.05 * old);
	p->counted = p->learned;
	p->learned = r->now;
	p->epoch = end;
	p->admitted = p->dismissed = 0;
	p->futile = false;
}

/* A value that the server names is where to start, and where a climb is taken back to. */
static void
use_value(struct pacer *p, double value)
{
	p->base = p->high = fmax(value, p->units / SLOWEST);
	p->counted = p->learned; /* not made of calls: none is to be taken out */
	mark_top(p);
}

/* At a quota the base comes to rest. Where it falls on and on there may be none. */
static bool
may_be_noise(const struct pacer *p, const struct refused_call *r)
{
	return r->unit != QUOTA_TOKENS && p->falls > FALLS && p->base < FAR * p->top;
}

/* One more of a burst that was learned from already: it was counted as admitted. */
static double
refused_again(struct pacer *p, const struct refused_call *r)
{
	p->refusals++;
	if (r->sent >= p->counted && r->sent < p->learned) {
		p->sum -= p->units;
		set_base(p);
	}
	return r->hint;
}

/* Back to the base, and one call when the wait is over: only then the climb begins. */
static double
start_over(struct pacer *p, const struct refused_call *r)
{
	double wait = r->hint > 0 ? r->hint : p->units / p->base;

	if (p->futile)
		wait = fmax(wait, fmin(PACER_LONGEST, (r->now - p->epoch) / PROBE));
	p->long_run = fmax(p->base, p->total / fmax(r->now - p->began, INSTANT));
	p->quiet_since = p->filled = r->now + wait;
	p->bucket = p->units;
	p->rate = BELOW * p->base;
	p->beyond = 0;
	return wait;
}

void
pacer_begin(struct pacer *p, double now, double base)
{
	p->base = p->high = base;
	p->epoch = p->quiet_since = p->counted = p->learned = p->last_refusal = now;
	p->admitted = p->pause = p->dismissed = 0;
	p->beyond = 0;
	p->refusals = 1;
	mark_top(p);
}

double
pacer_refused(struct pacer *p, const struct refused_call *r)
{
	bool first = p->base == INFINITY;
	double unknown = r->delay * send_rate(p); /* calls whose refusal is not back yet */

	if (r->sent < p->last_refusal)
		return refused_again(p, r);
	p->last_refusal = r->now;
	if (may_be_noise(p, r)) { /* is more let in at a faster pace? */
		p->noise = r->share;
		p->trial = p->base;
		pacer_begin(p, r->now + r->hint, RAISE * p->base);
		return r->hint;
	}
	if (p->admitted >= (1 + unknown) * p->units) {
		learn(p, r);
	} else { /* nothing got through: the epoch goes on */
		p->futile = true;
		p->refusals++;
		p->high = p->base;
	}
	if (r->value > 0 && (first || p->beyond > 0))
		use_value(p, r->value);
	return start_over(p, r);
}

bool
pacer_dismiss(struct pacer *p, const struct refused_call *r)
{
	double most = fmin(MOSTLY, NOISE + UNUSUAL * p->noise);
	double sent = p->dismissed + p->admitted / p->units, share = p->dismissed / sent;
	bool tried = p->trial > 0 && sent >= TRIAL;
	bool slow = p->admitted < FASTER * p->trial * (r->now - p->epoch);

	if (p->noise == 0)
		return false;
	if (r->share > most || (tried && (share > most || slow))) { /* it was a quota */
		if (p->trial > 0)
			pacer_begin(p, r->now, p->trial);
		p->noise = p->trial = 0;
		return false;
	}
	if (tried) { /* it is none */
		share = fmax(p->noise, share);
		pacer_init(p, p->units);
		p->learned = r->now;
		p->noise = share;
	}
	p->dismissed++;
	return true;
}
