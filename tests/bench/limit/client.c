// SPDX-License-Identifier: MIT
/*
 * Our side: what the engine does with the law's permits and the server's
 * answers. A refused or failed call gives its place back at once and comes
 * again, at the head of the queue, when its backoff is over; after a refusal by
 * rate without end, after other failures five times (gem-call's --retry).
 */
#include <math.h>

#include "limit/backoff.h"
#include "sim.h"

#define RETRY 5
#define TIMEOUT 300 /* seconds: gem-call's --timeout */
#define SLOW 1      /* with shorter calls nothing waits that long */

static void
arrive(struct sim *s, struct event *e)
{
	double rate = sim_course(s, &s->server->demand.rate);

	if (e->node.rank && rate > 0 && s->now > 0)
		s->available++;
	if (rate >= ENDLESS)
		s->available = INFINITY;
	else
		sim_at(s, e,
		    s->now + (rate > 0 ? -log(1 - rng_unit(&s->chance)) / rate
				       : s->server->seconds / TICKS),
		    arrive);
}

void
client_start(struct sim *s)
{
	const struct demand *d = &s->server->demand;

	s->available = d->total ? (double)d->total : (double)INFINITY;
	if (d->rate.value > 0 || d->rate.then[0].at > 0) {
		s->available = 0;
		arrive(s, &s->arrival);
	}
}

struct call *
client_next(struct sim *s)
{
	if (s->ready.first)
		return s->ready.first;
	if (!s->fresh && s->available > 0) {
		s->fresh = sim_draw(s, &s->lengths);
		s->available--;
	}
	return s->fresh;
}

static void
given_up(struct sim *s, struct event *e)
{
	struct call *c = (struct call *)(void *)((char *)e - offsetof(struct call, timeout));
	struct call *again = sim_draw(s, &s->chance);

	again->work = c->work;
	again->tokens = c->tokens;
	again->sent = c->sent;
	again->refusals = c->refusals;
	again->failures = c->failures;
	again->permit = c->permit;
	again->feedback = (struct feedback){.load = LOAD_BUSY};
	again->ours = c->inside;
	c->foreign = true; /* the server goes on with it */
	client_answer(s, again);
}

static void
send(struct sim *s, struct call *c)
{
	if (c == s->fresh)
		s->fresh = NULL;
	else
		calls_remove(&s->ready, c);
	s->law->sent(s->state, s->now, &c->permit);
	c->sent = s->now;
	s->in_flight++;
	s->score.sent++;
	if (s->in_flight == 6 && !s->score.to_six)
		s->score.to_six = s->score.sent - s->in_flight;
	if (s->server->base >= SLOW)
		sim_at(s, &c->timeout, s->now + TIMEOUT, given_up);
	house_arrive(s, c);
}

static void
woken(struct sim *s, struct event *e)
{
	(void)s, (void)e; /* what follows each event is a dispatch */
}

void
client_dispatch(struct sim *s)
{
	sim_cancel(s, &s->wake);
	if (s->spent) {
		s->ended |= s->in_flight == 0;
		return;
	}
	while (client_next(s)) {
		double when = s->law->when(s->state, s->now);

		if (when > s->now) {
			if (when < s->server->seconds)
				sim_at(s, &s->wake, when + 1e-9, woken);
			return;
		}
		send(s, client_next(s));
	}
	s->ended |= s->server->demand.total &&
		    s->score.useful + s->score.lost == s->server->demand.total;
}

static void
backoff_over(struct sim *s, struct event *e)
{
	calls_add(&s->ready, (struct call *)e, false);
}

static void
again(struct sim *s, struct call *c)
{
	bool rate = c->feedback.load == LOAD_RATE;
	unsigned *count = rate ? &c->refusals : &c->failures;
	int64_t hint = c->feedback.hint > 0 ? (int64_t)(c->feedback.hint * 1e3) : -1;

	if (!rate && c->failures >= RETRY) {
		s->score.lost++;
		sim_give(s, c);
		return;
	}
	sim_at(s, &c->event, s->now + (double)backoff_ms((*count)++, hint, &s->jitter) * 1e-3,
	    backoff_over);
}

static void
count(struct sim *s, const struct call *c)
{
	struct score *score = &s->score;
	int bin = (int)(s->now / s->server->seconds * BINS);

	score->held += c->feedback.latency;
	if (c->feedback.load != LOAD_ANSWERED) {
		score->refused += c->ours;
		return;
	}
	score->useful++;
	score->bins[bin < BINS ? bin : BINS - 1]++;
	histogram_add(&score->latency, (int64_t)(c->feedback.latency * 1e6));
}

void
client_answer(struct sim *s, struct call *c)
{
	sim_cancel(s, &c->timeout);
	c->feedback.latency = s->now - c->sent;
	s->in_flight--;
	if (s->down && c->feedback.load == LOAD_BUSY)
		s->down_known = fmin(s->down_known, s->now);
	count(s, c);
	s->law->done(s->state, s->now, &c->permit, &c->feedback);
	s->spent |= c->day && s->law->stops;
	if (c->feedback.load == LOAD_ANSWERED)
		sim_give(s, c);
	else
		again(s, c);
}

void
client_event(struct sim *s, struct event *e)
{
	struct call *c = (struct call *)e;

	if (c->foreign) /* given up before */
		sim_give(s, c);
	else
		client_answer(s, c);
}
