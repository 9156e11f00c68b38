// SPDX-License-Identifier: MIT
/*
 * The simulation of make bench-limit against what is known of queues: a number
 * in flight on slots, the mean times of M/G/1 (Pollaczek and Khinchine) and of
 * processor sharing (insensitive to the distribution), quotas to the call.
 */
#include <math.h>

#include "../bench/limit/sim.h"
#include "tap.h"

static struct sim s; /* large */

static const struct score *
run(const struct server *v, const struct law *law, double max)
{
	struct gate_config config = {.min = 1, .max = max, .seed = 7};

	sim_run(&s, v, law, &config, 7, 0);
	return &s.score;
}

static double
rate(const struct server *v, double max)
{
	return (double)run(v, &law_fixed, max)->useful / v->seconds;
}

static bool
near(double got, double expected, double share)
{
	bool is = fabs(got - expected) <= share * expected;

	if (!is)
		printf("# got %g, expected %g\n", got, expected);
	return is;
}

static void
test_slots(void)
{
	const struct server eight = {
	    .seconds = 3000, .base = 1, .sigma = .8, .service = {.slots = {8}}};
	const struct server down = {
	    .seconds = 3000, .base = 1, .sigma = .8, .service = {.slots = {8, {{1500, 2}}}}};
	const struct server shared = {
	    .seconds = 3000, .base = 1, .sigma = .8, .service = {.cores = 8}};
	const struct server batch = {
	    .seconds = 3000, .base = 1, .sigma = .8, .service = {.batch = .1}};
	const struct server slow = {.seconds = 3000, .base = 1, .speed = {.5}};

	ok(near(rate(&eight, 4), 4, .03), "four in flight on eight slots: half of what they can");
	ok(near(rate(&eight, 8), 8, .03), "eight: all of it");
	ok(near(rate(&eight, 50), 8, .03), "fifty: not more");
	ok(near(rate(&down, 8), 5, .03), "two slots for half of the time");
	ok(near(rate(&shared, 20), 8, .03), "eight cores do eight, for twenty as well");
	ok(near(rate(&batch, 11), 5.5, .03), "eleven in a batch whose steps are twice as long");
	ok(near(rate(&slow, 3), 1.5, .03), "at half the speed");
}

/* Calls that come by Poisson at half of what one slot or core can serve. */
static void
test_queues(void)
{
	struct server v = {.seconds = 60000,
	    .base = 1,
	    .sigma = .8,
	    .service = {.slots = {1}},
	    .demand = {.rate = {.5}}};
	const struct score *score = run(&v, &law_fixed, 1000);
	double wait = .5 * exp(.8 * .8) / (2 * (1 - .5));

	ok(near((double)score->useful, 30000, .02), "as many as came are served");
	ok(near(score->held / (double)score->useful, 1 + wait, .06),
	    "M/G/1: the mean time is as by Pollaczek and Khinchine");
	v.service = (struct service){.cores = 1};
	score = run(&v, &law_fixed, 1000);
	ok(near(score->held / (double)score->useful, 2, .06),
	    "M/G/1 shared: the mean time is 1/(1 - load)");
}

static uint64_t
hammered(enum window window, double burst)
{
	const struct server v = {.seconds = 630,
	    .base = .4,
	    .sigma = 0,
	    .quota = {{.limit = {60}, .window = window, .seconds = 60, .burst = burst}}};

	return run(&v, &law_fixed, 20)->useful;
}

static void
test_quotas(void)
{
	struct server v = {
	    .seconds = 600, .base = .4, .sigma = .5, .quota = {{.limit = {500}, .day = true}}};
	uint64_t n = hammered(WINDOW_BUCKET, 10);

	ok(n == 639 || n == 640, "a bucket: what it holds, and its rate, to the call");
	n = hammered(WINDOW_FIXED, 0);
	ok(n == 660 || n == 720, "a fixed window: 60 for each, the broken ones too");
	n = hammered(WINDOW_SLIDING, 0);
	ok(n == 660, "a sliding window: never more than 60 in a minute");
	n = hammered(WINDOW_COUNTER, 0);
	ok(n >= 570 && n <= 660, "an estimated window: hardly less");
	ok(run(&v, &law_fixed, 20)->useful == 500, "a day's quota: no more than that");
	ok(s.score.sent <= 520 && s.score.seconds < 600, "and the client stops");
	ok(run(&v, &law_oumi, 20)->sent > 600, "which not all do");
}

/* Nothing is refused to the client that knows; only a queue may drop what it took. */
static void
test_clairvoyant(const struct half *half)
{
	for (unsigned i = 0; i < half->count; i++) {
		const struct server *v = &half->servers[i];
		uint64_t refused = run(v, &law_oracle, 256)->refused;

		if (v->service.patience > 0)
			continue;
		ok(refused == 0 && s.score.useful > 0,
		    "%s: server %u refuses nothing to the clairvoyant", half->name, i);
	}
}

/* As with a quota: a client that is quicker to call must not have all of it. */
static void
test_others(void)
{
	const struct server v = {.seconds = 3000,
	    .base = 1,
	    .sigma = .5,
	    .others = {3},
	    .cap = {.calls = {10}, .status = 429}};

	ok(near((double)run(&v, &law_oracle, 256)->useful / v.seconds, 7, .05),
	    "a cap of ten, three taken by others: seven are left");
}

static void
test_demand(void)
{
	const struct server v = {.seconds = 600,
	    .base = 1,
	    .sigma = .5,
	    .service = {.slots = {4}},
	    .fault = {.chance = {.2}},
	    .demand = {.total = 300}};
	uint64_t sent = run(&v, &law_fixed, 10)->sent;

	ok(s.score.useful + s.score.lost == 300, "each call has its end once");
	ok(s.score.refused == 0, "a failure by chance is not our doing");
	ok(s.score.seconds < 200, "the run ends with the last call");
	ok(run(&v, &law_fixed, 10)->sent == sent, "the same seed gives the same run");
}

int
main(void)
{
	test_slots();
	test_queues();
	test_quotas();
	test_others();
	test_demand();
	test_clairvoyant(&half_tune);
	test_clairvoyant(&half_kept);
	test_clairvoyant(&half_field);
	return tap_done();
}
