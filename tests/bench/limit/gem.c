// SPDX-License-Identifier: MIT
/* The shipped gate. */
#include "law.h"

static void
init(void *state, const struct gate_config *config, struct sim *sim)
{
	(void)sim;
	gate_init(state, config);
}

static double
when(void *state, double now)
{
	return gate_when(state, now);
}

static void
sent(void *state, double now, struct permit *permit)
{
	gate_sent(state, now, permit);
}

static void
done(void *state, double now, const struct permit *permit, const struct feedback *feedback)
{
	gate_done(state, now, permit, feedback);
}

static double
limit(const void *state)
{
	return gate_limit(state);
}

static double
rate(const void *state)
{
	return gate_rate(state);
}

const struct law law_gem = {"gem", sizeof(struct gate), init, when, sent, done, limit, rate, true};
