// SPDX-License-Identifier: MIT
/*
 * Servers that answer at random, in moods that change: whatever they say, the gate keeps its
 * bounds, obeys hints, lets a call through in the end, and knows no number that is none.
 */
#include <math.h>

#include "limit/gate.h"
#include "tap.h"

#define RUNS 400
#define STEPS 3000
#define CALLS 64
#define LONGEST (CALLS * 600.) /* seconds: what was in flight, paid back at the slowest pace */

struct world {
	struct gate gate;
	struct gate_config config;
	struct rng random;
	double now, hinted, mean;
	double refused, hints, named; /* chances of this mood */
	size_t count;
	struct permit calls[CALLS];
	bool bounds, finite, obeyed, alive;
};

static double
chance(struct world *w)
{
	double u = rng_unit(&w->random);

	return u < .4 ? 0 : u < .5 ? 1 : rng_unit(&w->random);
}

static void
change_mood(struct world *w)
{
	w->refused = chance(w);
	w->hints = chance(w);
	w->named = chance(w);
	w->mean = exp(8 * rng_unit(&w->random) - 5);
}

static struct feedback
random_feedback(struct world *w)
{
	struct feedback f = {.load = LOAD_ANSWERED, .tokens = 4000 * rng_unit(&w->random)};

	if (rng_unit(&w->random) < .02)
		f.load = LOAD_UNKNOWN;
	else if (rng_unit(&w->random) < w->refused)
		f.load = rng_unit(&w->random) < .7 ? LOAD_RATE : LOAD_BUSY;
	if (f.load != LOAD_RATE && f.load != LOAD_BUSY)
		return f;
	f.tokens = 0;
	if (rng_unit(&w->random) < w->hints)
		f.hint = exp(10 * rng_unit(&w->random) - 4);
	if (f.load == LOAD_RATE && rng_unit(&w->random) < w->named) {
		f.unit = rng_unit(&w->random) < .5 ? QUOTA_CALLS : QUOTA_TOKENS;
		f.value = rng_unit(&w->random) < .5 ? 0 : exp(16 * rng_unit(&w->random) - 2);
	}
	return f;
}

static void
end_one(struct world *w)
{
	size_t i = rng_below(&w->random, w->count);
	struct permit p = w->calls[i];
	struct feedback f = random_feedback(w);

	f.latency = w->now - p.sent;
	w->calls[i] = w->calls[--w->count];
	gate_done(&w->gate, w->now, &p, &f);
	if (f.hint > 0)
		w->hinted = fmax(w->hinted, w->now + f.hint);
}

static void
step(struct world *w)
{
	double when = gate_when(&w->gate, w->now), limit = gate_limit(&w->gate);

	w->finite &= !isnan(when) && !isnan(limit) && gate_rate(&w->gate) > 0;
	w->bounds &= limit >= (w->config.min < w->config.max ? w->config.min : 1) &&
		     limit <= w->config.max;
	w->alive &= w->count > 0 || when < fmax(w->hinted * 1.02 + 1, w->now + LONGEST);
	if (when <= w->now && w->count < CALLS) {
		w->obeyed &= w->now >= w->hinted;
		gate_sent(&w->gate, w->now, &w->calls[w->count++]);
	} else if (w->count > 0) {
		w->now += w->mean * rng_unit(&w->random);
		end_one(w);
	} else {
		w->now = when;
	}
}

static struct world
run(uint64_t seed)
{
	struct world w = {.bounds = true, .finite = true, .obeyed = true, .alive = true};

	rng_seed(&w.random, seed);
	w.config.min = 1 + (double)rng_below(&w.random, 4);
	w.config.max = w.config.min + (double)rng_below(&w.random, CALLS - 4);
	w.config.seed = seed;
	gate_init(&w.gate, &w.config);
	for (int i = 0; i < STEPS; i++) {
		if (i % 200 == 0)
			change_mood(&w);
		step(&w);
	}
	return w;
}

int
main(void)
{
	unsigned bounds = 0, finite = 0, obeyed = 0, alive = 0;

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct world w = run(seed);

		bounds += w.bounds;
		finite += w.finite;
		obeyed += w.obeyed;
		alive += w.alive;
	}
	ok(bounds == RUNS, "the limit stays within its bounds (%u of %d)", bounds, RUNS);
	ok(finite == RUNS, "every time, limit and rate is a number (%u)", finite);
	ok(obeyed == RUNS, "no call starts before a hint is over (%u)", obeyed);
	ok(alive == RUNS, "with nothing in flight the next call has its time (%u)", alive);
	return tap_done();
}
