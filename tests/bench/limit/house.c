// SPDX-License-Identifier: MIT
/*
 * The server's side: what happens to a call from the door to its answer.
 *
 * What is our own fault: a refusal by cap, quota or a full queue, a drop from
 * the queue, and a call into an outage of which a refusal had already told.
 * Failures by chance, and calls that an outage took by surprise, are not.
 */
#include <math.h>

#include "sim.h"

#define REFUSE_SHARE .25 /* a refusal takes a quarter of an answer, */
#define REFUSE_MOST .1   /* at most this, in seconds, */
#define REFUSE_SIGMA .2  /* and is not always as fast */
#define HANGS 300        /* seconds; the client's --timeout */

static double
limit_of(const struct sim *s, const struct quota *q)
{
	return sim_course(s, &q->limit);
}

static double
amount_of(const struct quota *q, const struct call *c)
{
	if (q->counted == COUNTED_AFTER)
		return 1e-6; /* let in while anything is left */
	if (q->counted == COUNTED_RESERVED)
		return q->reserve;
	return q->tokens ? c->tokens : 1;
}

static bool
counts(const struct quota *q)
{
	return q->limit.value > 0;
}

void
house_start(struct sim *s)
{
	s->replicas = s->server->service.replicas ? s->server->service.replicas : 1;
	for (int i = 0; i < QUOTAS; i++)
		if (counts(&s->server->quota[i]))
			meter_init(&s->meters[i], &s->server->quota[i],
			    limit_of(s, &s->server->quota[i]), &s->chance);
	s->down_known = INFINITY;
	house_tick(s);
}

/* It goes to the client, after the time that a refusal takes. */
static void
reply(struct sim *s, struct call *c, enum load kind, bool ours)
{
	double takes = fmin(REFUSE_MOST, REFUSE_SHARE * s->server->base);

	c->feedback.load = kind;
	c->ours = ours;
	if (c->foreign)
		sim_give(s, c);
	else
		sim_at(s, &c->event, s->now + sim_lognormal(&s->chance, takes, REFUSE_SIGMA),
		    client_event);
}

static double
hint_of(const struct quota *q, double wait)
{
	switch (q->hint) {
	case HINT_NONE: return 0;
	case HINT_EXACT: return wait;
	case HINT_ROUNDED: return ceil(wait);
	case HINT_CONSTANT: return q->hint_s;
	case HINT_TIMES: return q->hint_s * wait;
	}
	return 0;
}

static void
refuse(struct sim *s, struct call *c, const struct quota *q, double wait)
{
	if (q->named)
		c->feedback.unit = q->tokens ? QUOTA_TOKENS : QUOTA_CALLS;
	if (q->valued)
		c->feedback.value = limit_of(s, q) * 60 / q->seconds;
	if (q->day)
		c->day = true;
	else
		c->feedback.hint = hint_of(q, wait);
	reply(s, c, LOAD_RATE, true);
}

static double
quota_wait(struct sim *s, int i, const struct call *c)
{
	const struct quota *q = &s->server->quota[i];

	return counts(q) ? meter_wait(&s->meters[i], q, limit_of(s, q), s->now, amount_of(q, c))
			 : 0;
}

/*
 * Do the quotas refuse it? If not, they have counted it. Other clients take
 * their share whatever we do, or a greedy clairvoyant would have all of it.
 */
static bool
by_quota(struct sim *s, struct call *c)
{
	const struct quota *refuses = NULL;
	double wait = 0;

	for (int i = QUOTAS - 1; i >= 0; i--) {
		double w = quota_wait(s, i, c);

		if (w > 0 && !c->foreign) {
			refuses = &s->server->quota[i];
			wait = w;
		}
	}
	for (int i = 0; i < QUOTAS; i++) {
		const struct quota *q = &s->server->quota[i];

		if (counts(q) && q->counted != COUNTED_AFTER && (!refuses || q->refused_too))
			meter_take(&s->meters[i], q, s->now, amount_of(q, c));
	}
	if (refuses)
		refuse(s, c, refuses, wait);
	return refuses;
}

static struct room *
choose(struct sim *s)
{
	struct room *best = &s->rooms[0];

	switch (s->server->service.balance) {
	case BALANCE_RANDOM: return &s->rooms[rng_below(&s->chance, s->replicas)];
	case BALANCE_ROUND: return &s->rooms[s->turn++ % s->replicas];
	case BALANCE_LEAST: break;
	}
	for (unsigned i = 1; i < s->replicas; i++)
		if (s->rooms[i].running.count + s->rooms[i].waiting.count <
		    best->running.count + best->waiting.count)
			best = &s->rooms[i];
	return best;
}

static enum load
kind_of(int status)
{
	return status == 429 ? LOAD_RATE : LOAD_BUSY;
}

static bool
by_chance(struct sim *s, const struct course *c)
{
	return c->value + c->then[0].at > 0 && rng_unit(&s->chance) < sim_course(s, c);
}

/* Past the cap? Other clients are not asked: see by_quota. */
static bool
capped(const struct sim *s, const struct call *c)
{
	const struct cap *cap = &s->server->cap;

	return !c->foreign && cap->calls.value > 0 &&
	       s->inside + 1 > floor(sim_course(s, &cap->calls) + .5);
}

void
house_arrive(struct sim *s, struct call *c)
{
	const struct fault *f = &s->server->fault;
	struct room *r;

	c->feedback = (struct feedback){0};
	c->day = false;
	c->fails = by_chance(s, &f->chance);
	c->inside = false;
	if (s->down) {
		reply(s, c, LOAD_BUSY, s->now > s->down_known);
	} else if (c->fails && !f->late) {
		c->feedback.hint = f->hint;
		c->feedback.unit = f->named ? QUOTA_CALLS : QUOTA_UNNAMED;
		reply(s, c, kind_of(f->status), false);
	} else if (by_chance(s, &f->hang)) {
		c->feedback.load = LOAD_BUSY;
		c->ours = false;
		sim_at(s, &c->event, s->now + HANGS, client_event);
	} else if (capped(s, c)) {
		c->feedback.hint = s->server->cap.hint;
		reply(s, c, kind_of(s->server->cap.status), true);
	} else if (!by_quota(s, c)) {
		r = choose(s);
		if (room_full(s, r)) {
			reply(s, c, LOAD_BUSY, true);
			return;
		}
		c->inside = true;
		s->inside++;
		room_enter(s, r, c);
	}
}

double
house_wait(struct sim *s, const struct call *c)
{
	bool full = true;
	double wait = 0;

	for (int i = 0; i < QUOTAS; i++)
		wait = fmax(wait, quota_wait(s, i, c));
	for (unsigned i = 0; i < s->replicas; i++)
		full &= room_full(s, &s->rooms[i]);
	return s->down || capped(s, c) || full ? INFINITY : wait;
}

/* It leaves the house; what was counted is put right. */
static void
leave(struct sim *s, struct call *c)
{
	s->inside--;
	c->inside = false;
	for (int i = 0; i < QUOTAS; i++) {
		const struct quota *q = &s->server->quota[i];

		if (counts(q) && q->counted != COUNTED_BEFORE)
			meter_take(&s->meters[i], q, s->now,
			    c->tokens - (q->counted == COUNTED_RESERVED ? q->reserve : 0));
	}
}

static void
deliver(struct sim *s, struct call *c, enum load kind, bool ours)
{
	c->feedback.load = kind;
	c->ours = ours;
	if (c->foreign)
		sim_give(s, c);
	else
		client_answer(s, c);
}

void
house_finish(struct sim *s, struct call *c)
{
	leave(s, c);
	if (c->fails) {
		deliver(s, c, kind_of(s->server->fault.status), false);
		return;
	}
	c->feedback.tokens = c->tokens;
	deliver(s, c, LOAD_ANSWERED, false);
}

void
house_drop(struct sim *s, struct call *c)
{
	leave(s, c);
	deliver(s, c, LOAD_BUSY, true);
}

/* What was in flight is lost. */
static void
lose_all(struct sim *s)
{
	for (struct call *c = s->all; c; c = c->all) {
		if (!c->inside)
			continue;
		room_leave(s, c);
		leave(s, c);
		reply(s, c, LOAD_BUSY, false);
	}
}

void
house_tick(struct sim *s)
{
	bool down = sim_course(s, &s->server->fault.down) > .5;
	double slots = 0;

	if (down && !s->down)
		s->down_known = INFINITY;
	if (down && !s->down && s->server->fault.lost)
		lose_all(s);
	s->down = down;
	for (unsigned i = 0; i < s->replicas; i++) {
		room_tick(s, &s->rooms[i]);
		slots = s->rooms[i].slots;
	}
	if (slots != s->best_slots)
		s->best = s->replicas * room_best(s, slots);
	s->best_slots = slots;
}
