// SPDX-License-Identifier: MIT
/* Asked before each start, told of each end. */
#include "limit/gate.h"

#include <math.h>

#define TOKENS 1000     /* of a call, before any was answered */
#define SAMPLE 8        /* sends after a refusal that are judged together, at least */
#define MANY 4          /* refusals in a sample that convince, at least */
#define EVIDENCE 16     /* nats: so many refused in a row by chance, once in e to the 16th */
#define USUAL .9        /* of the calls: the highest share of refusals that is allowed for */
#define MEMORY 64       /* calls that the share of refusals goes back */
#define PRIOR 16        /* calls assumed before the first, all of them admitted */
#define ALONE .25       /* of the calls refused: then one that was alone met a rate, not chance */
#define MOSTLY .6       /* likewise, at any number in flight */
#define CAP_ODDS .84    /* of a cap, to be believed; they start even */
#define INSTANT 1e-3    /* seconds: a latency below it is none */
#define PROBE 4         /* an outage is probed after a quarter of its age */
#define ROUND_TRIPS 1.5 /* mean latencies of a refusal, until it must have come */
#define LATE 8          /* mean latencies: a call that is out for longer tells of the server */
#define JITTER .02      /* of a pause: those who were told the same do not come back at once */

void
gate_init(struct gate *g, const struct gate_config *config)
{
	*g = (struct gate){.cap_odds = .5, .sample = {.to = -INFINITY, .many = INFINITY}};
	limiter_init(&g->limiter, config->min, config->max);
	ceiling_init(&g->ceiling);
	pacer_init(&g->calls, 1);
	pacer_init(&g->tokens, TOKENS);
	rng_seed(&g->random, config->seed);
}

/*
 * A fixed number stands, whatever fails at random; above a confirmed ceiling calls would only be
 * refused, again and again.
 */
double
gate_limit(const struct gate *g)
{
	bool firm = g->limiter.min == g->limiter.max && ceiling_is_firm(&g->ceiling);
	double ceiling = fmax(g->ceiling.limit, firm ? 1 : g->limiter.min);

	return floor(fmin(g->limiter.limit, ceiling) + .5);
}

bool
gate_is_growing(const struct gate *g)
{
	return g->probing || (g->limiter.starting && g->ceiling.limit == INFINITY);
}

double
gate_rate(const struct gate *g)
{
	return fmin(g->calls.rate, g->tokens.rate / g->tokens.units);
}

/* The server answers again: begins at half the limit, and answers lift it. */
static void
recover(struct gate *g)
{
	g->probing = false;
	g->pause = g->hinted;
	ceiling_begin(&g->ceiling, fmax(1, floor(gate_limit(g) / 2)));
}

/*
 * Time passes. A call that is out for long counts as a latency, in each generation anew: by
 * Little's law calls that never end are part of it too. Where none ends, that says nothing of them.
 */
static void
pass(struct gate *g, double now)
{
	struct flight *f = &g->flight;
	double latency = g->limiter.latency;

	if (!flight_pass(f, now, latency))
		return;
	for (int age = LATE; age < FLIGHT_AGES; age++) {
		for (double n = f->aged[age]; n > 0; n--)
			limiter_observe(&g->limiter, now, age * latency, f->awaited);
	}
}

double
gate_when(struct gate *g, double now)
{
	const struct flight *f = &g->flight;
	double when;

	pass(g, now);
	if (now < g->pause)
		return g->pause;
	if ((!g->probing && f->awaited >= gate_limit(g)) || f->calls >= g->limiter.max) {
		limiter_hold(&g->limiter);
		return f->calls < g->limiter.max ? f->ends : INFINITY;
	}
	when = fmax(pacer_when(&g->calls, now), pacer_when(&g->tokens, now));
	g->delayed |= when > now;
	return when;
}

void
gate_sent(struct gate *g, double now, struct permit *permit)
{
	pass(g, now);
	*permit = flight_start(&g->flight, now, g->tokens.units);
	g->delays += .2 * (g->delayed - g->delays);
	g->delayed = false;
	pacer_sent(&g->calls, now);
	pacer_sent(&g->tokens, now);
	ceiling_sent(&g->ceiling, now, permit->in_flight);
	if (g->sample.left > 0) {
		g->sample.left--;
		g->sample.to = now;
	}
	if (g->probing)
		g->pause = now + fmax(4 * g->refused_after, g->limiter.latency / 4);
}

static void
answer(struct gate *g, double now, const struct permit *p, const struct feedback *o)
{
	double refusal = fmin(g->refused_after, g->limiter.latency / 4);

	if (o->tokens > 0) {
		pacer_take(&g->tokens, o->tokens - p->tokens);
		g->tokens.units += fmax(.05, 1 / (g->limiter.answers + 1)) *
				   (o->tokens - g->tokens.units);
	}
	g->crowd[(size_t)g->limiter.answers % GATE_CROWD] = p->in_flight;
	g->answered = fmax(g->answered, p->sent);
	ceiling_answer(&g->ceiling, now - ROUND_TRIPS * refusal, p->in_flight, g->limiter.max);
	limiter_answer(&g->limiter, now, o->latency, flight_beside(&g->flight, p));
}

/*
 * A rate refuses at any number in flight; a cap always at the same one, above
 * those that are admitted. Adds this refusal to the evidence. True: it is a cap.
 */
static bool
test_for_cap(struct gate *g, const struct refused_call *r)
{
	double below = 0;

	if (g->calls.base == INFINITY || r->unit != QUOTA_UNNAMED ||
	    r->sent < g->calls.last_refusal)
		return false;
	for (int i = 0; i < GATE_CROWD; i++)
		below += g->crowd[i] > 0 && g->crowd[i] < r->in_flight;
	g->cap_odds += (below / GATE_CROWD - g->cap_odds) / 3;
	return g->cap_odds >= CAP_ODDS;
}

/* What looked like a rate was a cap. */
static double
become_cap(struct gate *g, const struct refused_call *r)
{
	pacer_begin(&g->calls, r->now, g->calls.base);
	g->capped = true;
	g->cap_odds = .5;
	ceiling_init(&g->ceiling);
	ceiling_refused(&g->ceiling, r);
	return r->delay;
}

/* An outage, new or known: how long until the next probe. */
static double
probe_later(struct gate *g, const struct refused_call *r)
{
	double wait, now = r->now;

	if (!g->probing)
		g->out_since = now;
	else if (r->sent < g->probed)
		return 0;
	g->probing = true;
	g->probed = now;
	wait = fmax((now - g->out_since) / PROBE, g->limiter.latency / 4);
	return fmin(wait, PACER_LONGEST) * (.8 + .4 * rng_unit(&g->random));
}

static double
slow_down(struct gate *g, struct pacer *pacer, const struct refused_call *r)
{
	double wait = pacer_refused(pacer, r);

	g->sample = (struct gate_sample){.from = r->now, .to = r->now, .many = INFINITY};
	if (pacer == &g->tokens) /* the server has still to count those in flight */
		wait = fmax(
		    wait, fmin(PACER_LONGEST, .7 * g->flight.calls * pacer->units / pacer->base));
	wait *= 1 + JITTER * rng_unit(&g->random);
	if (pacer->base == INFINITY) /* nothing was admitted */
		wait = fmax(wait, probe_later(g, r));
	return wait;
}

/*
 * A refusal: into the sample that is under way, or before the first send of a new one. The more
 * calls are refused anyway, the more it takes; for a rate no more than eight, as the pacer tests it
 * against chance too.
 */
static void
add_to_sample(struct gate *g, const struct refused_call *r)
{
	struct gate_sample *s = &g->sample;
	double many = EVIDENCE / -log(fmin(USUAL, r->share));

	if (r->sent < s->from) /* before it */
		return;
	if (r->sent <= s->to) {
		s->refused++;
	} else if (s->left == 0 && r->now > s->to + ROUND_TRIPS * r->delay) {
		many = floor(fmax(MANY, r->by_rate ? fmin(SAMPLE, many) : many));
		*s = (struct gate_sample){
		    .from = r->now, .to = s->to, .left = fmax(SAMPLE, many), .many = many};
	}
}

/* Is a 429 a rate, a cap or chance? How long nothing is to start, apart from the hint. */
static double
judge_rate(struct gate *g, const struct refused_call *r)
{
	struct pacer *pacer = r->unit == QUOTA_TOKENS ? &g->tokens : &g->calls;
	double least = fmax(1, g->ceiling.good - 1); /* alone, a call is refused by no cap */
	bool capped = g->capped && r->unit == QUOTA_UNNAMED && r->in_flight > least;
	bool often = r->share > (r->in_flight <= 1 ? ALONE : MOSTLY);
	bool named = !capped && (r->unit != QUOTA_UNNAMED || r->hint > 0);
	bool paced = !capped && pacer->base < INFINITY;
	bool many = g->sample.refused >= g->sample.many;

	if (!pacer_dismiss(pacer, r) && (named || often || paced || many))
		return test_for_cap(g, r) ? become_cap(g, r) : slow_down(g, pacer, r);
	if (g->probing)
		return probe_later(g, r);
	if (!paced)
		ceiling_refused(&g->ceiling, r);
	return 0;
}

/* Is a 503 an outage, a slow answer, too many in flight or chance? Likewise. */
static double
judge_busy(struct gate *g, const struct refused_call *r, bool late)
{
	if (g->probing || g->sample.refused >= g->sample.many)
		return probe_later(g, r);
	if (!late)
		ceiling_refused(&g->ceiling, r);
	return 0;
}

static void
refused(struct gate *g, double now, const struct permit *p, const struct feedback *o)
{
	const struct refused_call r = {.now = now,
	    .sent = p->sent,
	    .in_flight = p->in_flight,
	    .by_rate = o->load == LOAD_RATE,
	    .hint = o->hint,
	    .unit = o->unit,
	    .value = o->unit == QUOTA_UNNAMED ? 0 : o->value / 60,
	    .share = g->share,
	    .delay = g->refused_after,
	    .cost = o->hint * p->in_flight / fmax(g->limiter.latency, INSTANT)};
	bool late = g->limiter.answers > 0 && o->latency > g->limiter.latency;
	double wait;

	pacer_take_back(&g->calls, p->sent, 1);
	pacer_take_back(&g->tokens, p->sent, p->tokens);
	add_to_sample(g, &r);
	if (late && !r.by_rate)
		limiter_observe(&g->limiter, now, o->latency, flight_beside(&g->flight, p));
	wait = fmax(o->hint, r.by_rate ? judge_rate(g, &r) : judge_busy(g, &r, late));
	g->hinted = fmax(g->hinted, now + o->hint);
	g->pause = fmax(g->pause, now + wait);
	if (g->probing && g->flight.calls == 0) /* no probe is out to wait for */
		g->pause = fmin(g->pause, fmax(g->hinted, now + (wait > 0 ? wait : PACER_LONGEST)));
}

void
gate_done(struct gate *g, double now, const struct permit *p, const struct feedback *o)
{
	bool refusal = o->load == LOAD_RATE || o->load == LOAD_BUSY;

	pass(g, now);
	if (flight_end(&g->flight, p) && o->load == LOAD_BUSY && o->hint == 0 &&
	    p->sent < g->answered)
		return; /* it hung, while those sent after it did not */
	if (o->load != LOAD_UNKNOWN)
		g->share += (refusal - g->share) /
			    fmin(MEMORY, PRIOR + g->limiter.answers + g->refusals);
	if (g->probing && !refusal && p->sent > g->out_since)
		recover(g);
	if (refusal) {
		g->refusals++;
		g->refused_after += fmax(.1, 1 / g->refusals) * (o->latency - g->refused_after);
		refused(g, now, p, o);
	} else if (o->load == LOAD_ANSWERED) {
		answer(g, now, p, o);
	}
}
