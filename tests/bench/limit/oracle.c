// SPDX-License-Identifier: MIT
/*
 * The clairvoyant client, the 1.0 of the table.
 *
 * It asks the server before it sends: never into an outage, never past a cap or
 * a quota, the moment that a quota lets the next call in. In flight are the
 * fewest calls that give all of the throughput at this moment (room_best), x
 * config.min: behind a balancer, beside others, before an outage or where slots
 * are only added under load more are better, so score.c takes the best of some
 * factors.
 */
#include <math.h>

#include "sim.h"

struct oracle {
	struct sim *sim;
	double factor, most;
};

static void
init(void *state, const struct gate_config *config, struct sim *sim)
{
	*(struct oracle *)state = (struct oracle){sim, config->min, config->max};
}

static double
limit(const void *state)
{
	const struct oracle *o = state;

	return fmin(o->most, ceil(o->sim->best * o->factor));
}

static double
when(void *state, double now)
{
	struct oracle *o = state;

	if (o->sim->in_flight >= limit(o))
		return INFINITY;
	return now + house_wait(o->sim, client_next(o->sim));
}

static void
sent(void *state, double now, struct permit *permit)
{
	(void)state, (void)now, (void)permit;
}

static void
done(void *state, double now, const struct permit *permit, const struct feedback *feedback)
{
	(void)state, (void)now, (void)permit, (void)feedback;
}

const struct law law_oracle = {
    "clairvoyant", sizeof(struct oracle), init, when, sent, done, limit, NULL, true};
