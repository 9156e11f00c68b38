// SPDX-License-Identifier: MIT
/*
 * A replica at work. All running calls advance at one speed, which depends on
 * how many they are: so one clock of work done tells when each is ready, and
 * slots, processor sharing, batching and thrashing are one formula (pace).
 */
#include <math.h>

#include "sim.h"

#define MOST_IN_FLIGHT 256
#define NEARLY .995

void
calls_add(struct calls *q, struct call *c, bool first)
{
	struct call *beside = first ? q->first : q->last;

	c->next = first ? beside : NULL;
	c->prev = first ? NULL : beside;
	if (!beside)
		q->first = q->last = c;
	else if (first)
		beside->prev = q->first = c;
	else
		beside->next = q->last = c;
	q->count++;
}

void
calls_remove(struct calls *q, struct call *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		q->first = c->next;
	if (c->next)
		c->next->prev = c->prev;
	else
		q->last = c->prev;
	q->count--;
}

/* Seconds of work that a running call gets in a second, beside others. */
static double
pace(const struct service *v, double running, double inside)
{
	double x = 1;

	if (v->cores > 0 && running > v->cores)
		x = v->cores / running;
	if (v->batch > 0)
		x /= 1 + v->batch * (running - 1);
	if (v->knee > 0 && inside > v->knee)
		x /= 1 + v->thrash * (inside / v->knee - 1);
	return x;
}

static double
speed(const struct sim *s, const struct room *r)
{
	const struct course *c = &s->server->speed;
	double running = (double)r->running.count;

	return pace(&s->server->service, running, running + r->waiting.count) *
	       (c->value > 0 ? sim_course(s, c) : 1) *
	       (s->server->service.weak > 0 && r == s->rooms ? s->server->service.weak : 1);
}

static void
advance(const struct sim *s, struct room *r)
{
	if (r->running.count)
		r->done += (s->now - r->at) * speed(s, r);
	r->at = s->now;
}

static void next_done(struct sim *s, struct event *e);

static void
schedule(struct sim *s, struct room *r)
{
	struct heap_node *first = heap_first(&r->running);
	double left;

	sim_cancel(s, &r->next);
	if (!first)
		return;
	left = fmax(0, (double)first->at * 1e-9 - r->done);
	sim_at(s, &r->next, s->now + left / speed(s, r), next_done);
}

static void
start(struct room *r, struct call *c)
{
	c->finish.at = llround((r->done + c->work) * 1e9);
	c->finish.rank = (uint64_t)llround(c->sent * 1e9);
	heap_add(&r->running, &c->finish);
}

static void
fill(struct sim *s, struct room *r)
{
	while (r->waiting.first && (double)r->running.count < r->slots) {
		struct call *c = r->waiting.first;

		calls_remove(&r->waiting, c);
		sim_cancel(s, &c->event);
		start(r, c);
	}
}

#define CALL_OF(node) ((struct call *)(void *)((char *)(node)-offsetof(struct call, finish)))

static void
next_done(struct sim *s, struct event *e)
{
	struct room *r = (struct room *)e;
	struct call *c = CALL_OF(heap_first(&r->running));

	advance(s, r);
	heap_remove(&r->running, &c->finish);
	fill(s, r);
	schedule(s, r);
	house_finish(s, c);
}

static void
out_of_patience(struct sim *s, struct event *e)
{
	struct call *c = (struct call *)e;

	room_leave(s, c);
	house_drop(s, c);
}

bool
room_full(const struct sim *s, const struct room *r)
{
	return s->server->service.queue && (double)r->running.count >= r->slots &&
	       r->waiting.count >= s->server->service.queue;
}

void
room_enter(struct sim *s, struct room *r, struct call *c)
{
	const struct service *v = &s->server->service;

	advance(s, r);
	c->room = r;
	if ((double)r->running.count < r->slots) {
		start(r, c);
	} else {
		calls_add(&r->waiting, c, v->order == ORDER_LIFO);
		if (v->patience > 0)
			sim_at(s, &c->event, s->now + v->patience, out_of_patience);
	}
	schedule(s, r);
}

void
room_leave(struct sim *s, struct call *c)
{
	struct room *r = c->room;

	advance(s, r);
	sim_cancel(s, &c->event);
	if (c->finish.place)
		heap_remove(&r->running, &c->finish);
	else
		calls_remove(&r->waiting, c);
	fill(s, r);
	schedule(s, r);
}

/* An autoscaler: a quarter more after `grow` seconds in which all were busy, less after so long at half. */
static void
scale(struct sim *s, struct room *r, double least)
{
	const struct service *v = &s->server->service;
	bool busy = (double)r->running.count >= .95 * r->grown;
	bool idle = (double)r->running.count < .5 * r->grown;

	r->grown = fmax(r->grown, least);
	if (!busy && !idle)
		r->changed = s->now;
	if (s->now - r->changed >= v->grow) {
		r->grown = fmin(v->grow_max, fmax(least, r->grown * (busy ? 1.25 : .8)));
		r->changed = s->now;
	}
}

void
room_tick(struct sim *s, struct room *r)
{
	const struct course *c = &s->server->service.slots;

	advance(s, r);
	r->slots = c->value > 0 ? floor(sim_course(s, c) + .5) : INFINITY;
	if (s->server->service.grow > 0) {
		scale(s, r, r->slots);
		r->slots = floor(r->grown);
	}
	fill(s, r);
	schedule(s, r);
}

double
room_best(const struct sim *s, double slots)
{
	const struct service *v = &s->server->service;
	double most = 0, x[MOST_IN_FLIGHT + 1];
	int n = 1;

	for (int i = 1; i <= MOST_IN_FLIGHT; i++) {
		double running = fmin(i, slots);

		x[i] = running * pace(v, running, i);
		most = fmax(most, x[i]);
	}
	while (x[n] < NEARLY * most)
		n++;
	return n;
}
