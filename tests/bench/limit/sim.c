// SPDX-License-Identifier: MIT
/* The clock: one heap of events; after each the client may send. */
#include "sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void
sim_at(struct sim *s, struct event *e, double t, void (*fire)(struct sim *, struct event *))
{
	sim_cancel(s, e);
	if (!(t < s->server->seconds)) /* after the end */
		return;
	e->node.at = llround(t * 1e9);
	e->node.rank = ++s->rank;
	e->fire = fire;
	heap_add(&s->events, &e->node);
}

void
sim_cancel(struct sim *s, struct event *e)
{
	if (e->node.place)
		heap_remove(&s->events, &e->node);
}

double
sim_course(const struct sim *s, const struct course *c)
{
	return course_at(c, &s->path, s->now);
}

double
sim_lognormal(struct rng *random, double mean, double sigma)
{
	return mean * exp(sigma * rng_normal(random) - sigma * sigma / 2);
}

double
sim_work(struct rng *random, const struct server *v)
{
	double x = sim_lognormal(random, v->base, v->sigma);

	return v->quick.share > 0 && rng_unit(random) < v->quick.share ? x * v->quick.times : x;
}

struct call *
sim_draw(struct sim *s, struct rng *random)
{
	const struct server *v = s->server;
	struct call *c = s->free, *all;

	if (c) {
		s->free = c->next;
		all = c->all;
		*c = (struct call){.all = all};
	} else {
		c = mem_zero(1, sizeof *c);
		c->all = s->all;
		s->all = c;
	}
	c->work = sim_work(random, v);
	if (v->length.value > 0)
		c->work *= sim_course(s, &v->length);
	c->tokens = sim_lognormal(
	    random, v->tokens > 0 ? v->tokens : 1000, v->tokens > 0 ? v->token_sigma : .5);
	return c;
}

void
sim_give(struct sim *s, struct call *c)
{
	c->next = s->free;
	s->free = c;
}

static void
print_trace(struct sim *s)
{
	const struct score *a = &s->score;
	struct score *b = &s->before;
	double limit = s->law->limit ? s->law->limit(s->state) : NAN;
	double rate = s->law->rate ? s->law->rate(s->state) : NAN;
	double seconds = s->now - s->trace_at, best = s->best;
	double cap = sim_course(s, &s->server->cap.calls);

	if (s->trace <= 0 || seconds < s->trace)
		return;
	if (cap > 0)
		best = fmin(best, cap);
	printf("%9.2f limit %6.1f rate %8.2f in flight %3u of %3.0f  sent %8.2f/s useful %8.2f/s "
	       "refused %5.1f %%  mean %7.3f s\n",
	    s->now, limit, rate, s->in_flight, best, (double)(a->sent - b->sent) / seconds,
	    (double)(a->useful - b->useful) / seconds,
	    100 * (double)(a->refused - b->refused) / fmax(1, (double)(a->sent - b->sent)),
	    (a->held - b->held) / fmax(1, (double)(a->latency.count - b->latency.count)));
	s->before = s->score;
	s->trace_at = s->now;
}

static void
tick(struct sim *s, struct event *e)
{
	house_tick(s);
	print_trace(s);
	if (s->now >= s->server->seconds / 2)
		s->score.in_flight += s->in_flight;
	sim_at(s, e, s->now + s->server->seconds / TICKS, tick);
}

/* Calls of other clients, by Poisson. */
static void
other(struct sim *s, struct event *e)
{
	double rate = sim_course(s, &s->server->others);
	struct call *c;

	if (rate > 0 && s->now > 0) {
		c = sim_draw(s, &s->chance);
		c->foreign = true;
		c->sent = s->now;
		house_arrive(s, c);
	}
	sim_at(s, e,
	    s->now +
		(rate > 0 ? -log(1 - rng_unit(&s->chance)) / rate : s->server->seconds / TICKS),
	    other);
}

static void
start(struct sim *s, const struct gate_config *config, uint64_t seed)
{
	rng_seed(&s->chance, seed);
	rng_seed(&s->lengths, seed + 1000003);
	rng_seed(&s->jitter, seed + 2000003);
	path_init(&s->path, s->server->seconds, &s->chance);
	s->state = mem_zero(1, s->law->size);
	s->law->init(s->state, config, s);
	house_start(s);
	client_start(s);
	tick(s, &s->tick);
	if (s->server->others.value > 0)
		other(s, &s->other);
}

static void
finish(struct sim *s)
{
	s->score.seconds = s->ended ? s->now : s->server->seconds;
	heap_free(&s->events);
	for (int i = 0; i < REPLICAS; i++)
		heap_free(&s->rooms[i].running);
	for (int i = 0; i < QUOTAS; i++)
		meter_free(&s->meters[i]);
	for (struct call *c = s->all, *next; c; c = next) {
		next = c->all;
		free(c);
	}
	free(s->state);
}

void
sim_run(struct sim *s, const struct server *server, const struct law *law,
    const struct gate_config *config, uint64_t seed, double trace)
{
	struct heap_node *node;

	*s = (struct sim){.server = server, .law = law, .trace = trace};
	start(s, config, seed);
	client_dispatch(s);
	while (!s->ended && (node = heap_first(&s->events))) {
		struct event *e = (struct event *)node;

		heap_remove(&s->events, node);
		s->now = (double)node->at * 1e-9;
		e->fire(s, e);
		client_dispatch(s);
	}
	finish(s);
}
