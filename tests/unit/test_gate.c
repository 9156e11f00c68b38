// SPDX-License-Identifier: MIT
/*
 * The law of the limits on a virtual clock: scripts of outcomes in; limit, rate
 * and pause out. The breadth is make bench-limit's; here is what was promised.
 */
#include <math.h>
#include <stdlib.h>

#include "limit/gate.h"
#include "tap.h"

#define CALLS 300

/* A client that is always eager, and its calls in flight. */
struct client {
	struct gate gate;
	struct rng random;
	double now;
	size_t count;
	struct {
		struct permit permit;
		double end;
		struct feedback feedback;
	} call[CALLS];
	double (*refuse)(struct client *c); /* hint of a refusal; below 0: admitted */
	double mean, sigma, failing;
	double timeout;        /* a failure takes so long; 0: an instant */
	double cores;          /* shared by all calls; 0: each has its own */
	double places;         /* calls beyond them are never answered; 0: all are */
	double tokens, filled; /* of a bucket, for a refusal */
	double started, answered, refused, highest;
};

static void
begin(struct client *c, double min, double max, uint64_t seed)
{
	gate_init(&c->gate, &(struct gate_config){min, max, seed});
	rng_seed(&c->random, seed);
}

static bool
is_full(const struct client *c)
{
	double served = 0;

	for (size_t i = 0; i < c->count; i++)
		served += c->call[i].feedback.load == LOAD_ANSWERED;
	return c->places > 0 && served >= c->places;
}

static void
start_call(struct client *c)
{
	struct feedback f = {.load = LOAD_ANSWERED, .latency = c->mean};
	double hint = c->refuse ? c->refuse(c) : -1;

	gate_sent(&c->gate, c->now, &c->call[c->count].permit);
	c->started++;
	c->highest = fmax(c->highest, c->gate.flight.calls);
	if (c->sigma > 0)
		f.latency *= exp(c->sigma * rng_normal(&c->random) - c->sigma * c->sigma / 2);
	if (c->cores > 0)
		f.latency *= fmax(1, c->gate.flight.calls / c->cores);
	if (is_full(c))
		f = (struct feedback){.load = LOAD_BUSY, .latency = 300};
	else if (hint >= 0)
		f = (struct feedback){.load = LOAD_RATE, .latency = .01, .hint = hint};
	else if (rng_unit(&c->random) < c->failing)
		f = (struct feedback){.load = LOAD_BUSY, .latency = fmax(.01, c->timeout)};
	c->call[c->count].end = c->now + f.latency;
	c->call[c->count++].feedback = f;
}

static void
end_call(struct client *c, size_t i)
{
	c->answered += c->call[i].feedback.load == LOAD_ANSWERED;
	c->refused += c->call[i].feedback.load == LOAD_RATE;
	gate_done(&c->gate, c->now, &c->call[i].permit, &c->call[i].feedback);
	c->call[i] = c->call[--c->count];
}

static void
run_until(struct client *c, double end)
{
	while (c->now < end) {
		double next = gate_when(&c->gate, c->now);
		size_t first = 0;

		if (next <= c->now) {
			start_call(c);
			continue;
		}
		for (size_t i = 1; i < c->count; i++)
			first = c->call[i].end < c->call[first].end ? i : first;
		if (c->count && c->call[first].end <= next) {
			c->now = fmin(end, c->call[first].end);
			if (c->call[first].end <= end)
				end_call(c, first);
		} else {
			c->now = fmin(end, next);
		}
	}
}

/* A call by hand: sent at `sent`, done now with this outcome. */
static void
one_call(struct gate *g, double sent, double now, struct feedback f)
{
	struct permit p;

	gate_sent(g, sent, &p);
	f.latency = now - sent;
	gate_done(g, now, &p, &f);
}

static void
test_rate(void)
{
	struct gate g;
	struct feedback good = {.load = LOAD_ANSWERED};

	gate_init(&g, &(struct gate_config){1, 256, 1});
	for (int i = 0; i < 60; i++)
		one_call(&g, i * 26. / 60, i * 26. / 60 + .1, good);
	one_call(&g, 25.9, 26, (struct feedback){.load = LOAD_RATE, .hint = 34});
	ok(fabs(gate_rate(&g) - .98) < .001,
	    "60 admitted, then a 429 with 34 s at t = 26: the rate is 0.98/s");
	ok(gate_when(&g, 26) >= 60 && gate_when(&g, 26) < 61 && gate_when(&g, 59.9) > 59.9,
	    "and nothing goes out before t = 60");
	gate_init(&g, &(struct gate_config){1, 256, 1});
	for (int i = 0; i < 10; i++)
		one_call(&g, i, i + .1, good);
	one_call(&g, 10, 10.1,
	    (struct feedback){.load = LOAD_RATE, .hint = 2, .unit = QUOTA_CALLS, .value = 120});
	ok(fabs(gate_rate(&g) - .98 * 2) < .001, "a quota that is named is where to start");
}

static void
test_tokens(void)
{
	struct gate g;
	struct feedback good = {.load = LOAD_ANSWERED, .tokens = 500};

	gate_init(&g, &(struct gate_config){1, 256, 1});
	for (int i = 0; i < 20; i++)
		one_call(&g, i, i + .1, good);
	one_call(
	    &g, 20, 20.1, (struct feedback){.load = LOAD_RATE, .hint = 20, .unit = QUOTA_TOKENS});
	ok(fabs(g.tokens.rate - .98 * 10000 / 40.1) < 5 && g.calls.rate == INFINITY,
	    "a quota of tokens paces tokens, not calls");
	ok(fabs(gate_rate(&g) - g.tokens.rate / 500) < .01,
	    "which at 500 tokens a call is a rate of calls");
}

static void
test_fixed(void)
{
	struct client c = {.mean = .1, .sigma = .5, .failing = .1};

	begin(&c, 20, 20, 3);
	run_until(&c, 60);
	ok(c.highest == 20 && gate_limit(&c.gate) == 20,
	    "a fixed limit is reached, kept under failures, and never exceeded");
}

static double
thirteenth(struct client *c)
{
	return c->count >= 12 ? 0 : -1;
}

static void
test_fixed_under_refusals(void)
{
	struct client c = {.mean = .2, .sigma = .3, .refuse = thirteenth};

	begin(&c, 40, 40, 3);
	run_until(&c, 60);
	ok(gate_limit(&c.gate) >= 11 && gate_limit(&c.gate) <= 16 && c.refused < c.answered / 10,
	    "nor is it held against a server that has less room: %g refused for %g answers",
	    c.refused, c.answered);
	ok(c.answered > .8 * 12 / .2 * 60, "whose room is used");
	c.refuse = NULL;
	run_until(&c, 120);
	ok(gate_limit(&c.gate) == 40 && c.highest == 40, "and it is back when that has more");
}

static void
test_hint_kept(void)
{
	struct gate g;
	struct permit p[2];
	struct feedback hinted = {.load = LOAD_RATE, .latency = 0, .hint = 20};

	gate_init(&g, &(struct gate_config){1, 256, 3});
	gate_sent(&g, 5, &p[0]);
	gate_sent(&g, 5, &p[1]);
	gate_done(&g, 5, &p[0], &hinted);
	gate_done(&g, 6, &p[1], &(struct feedback){.load = LOAD_ANSWERED, .latency = 1});
	ok(gate_when(&g, 6) >= 25 && isfinite(gate_when(&g, 6)),
	    "a hint is kept, also where an answer says that the outage is over, and no time "
	    "passes");
}

static void
test_bounds(void)
{
	struct client c = {.mean = .1, .sigma = .5};

	begin(&c, 4, 64, 3);
	run_until(&c, 20);
	ok(c.highest == 64, "without any limit of the server the highest allowed is reached");
	c.mean = 60; /* a thrashing server would drive it below */
	run_until(&c, 4000);
	ok(gate_limit(&c.gate) >= 4 && gate_limit(&c.gate) <= 64, "and min and max are kept");
}

/* Uncongested, but some answers are many times as long as others. */
static void
test_uncongested(double sigma)
{
	double sum = 0;

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct client c = {.mean = 1, .sigma = sigma};

		begin(&c, 1, 256, seed);
		for (double t = 100; t < 300; t++) {
			run_until(&c, t);
			sum += gate_limit(&c.gate);
		}
	}
	ok(sum / 1000 >= .95 * 256,
	    "an uncongested server with sigma %.1f settles at the maximum (%.0f on average)", sigma,
	    sum / 1000);
}

/* Answers that all take the same time come in flocks. */
static void
test_flocks(void)
{
	struct client c = {.mean = .05};

	begin(&c, 1, 256, 1);
	run_until(&c, .5);
	ok(gate_limit(&c.gate) >= .9 * 256,
	    "a server without a limit: nearly all that is allowed within ten service times (%.0f)",
	    gate_limit(&c.gate));
}

static void
test_noise(void)
{
	double calm = 0, noisy = 0;

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct client a = {.mean = .2, .sigma = .6}, b = a;

		b.failing = .1;
		begin(&a, 1, 64, seed);
		begin(&b, 1, 64, seed);
		run_until(&a, 120);
		run_until(&b, 120);
		calm += a.answered;
		noisy += b.answered;
	}
	ok(noisy > .85 * calm, "10 %% of random failures cost about 10 %% (%.0f %%)",
	    100 - 100 * noisy / calm);
}

static double
one_in_five(struct client *c)
{
	return rng_unit(&c->random) < .2 ? 0 : -1;
}

/* 429 that depend on nothing that we do. */
static void
test_random_429(void)
{
	struct client calm = {.mean = .2, .sigma = .6}, noisy = calm;

	noisy.refuse = one_in_five;
	begin(&calm, 1, 32, 2);
	begin(&noisy, 1, 32, 2);
	run_until(&calm, 300);
	run_until(&noisy, 300);
	ok(noisy.answered > .75 * calm.answered,
	    "20 %% of 429 at any pace are no quota: %.0f %% of the answers come",
	    100 * noisy.answered / calm.answered);
}

/* A bucket of ten calls, ten a second; of calls that are refused anyway it takes nothing. */
static double
ten_a_second(struct client *c)
{
	c->tokens = fmin(10, c->tokens + 10 * (c->now - c->filled));
	c->filled = c->now;
	if (c->tokens < 1)
		return 0;
	c->tokens--;
	return -1;
}

static void
test_quota(void)
{
	struct client c = {.mean = .2, .sigma = .6, .refuse = ten_a_second};

	begin(&c, 1, 32, 2);
	run_until(&c, 300);
	ok(c.answered > 2850 && c.refused < 200,
	    "a nameless quota is kept, and used (%.0f answers, %.0f refused)", c.answered,
	    c.refused);
}

/* A 503 with a long hint tells nothing of how many calls the server bears. */
static void
test_early_503(void)
{
	struct client c = {.mean = .2, .sigma = .3};
	struct permit p;

	begin(&c, 1, 64, 2);
	run_until(&c, .3);
	gate_sent(&c.gate, c.now, &p);
	gate_done(&c.gate, c.now, &p, &(struct feedback){LOAD_BUSY, .latency = .01, .hint = 5});
	run_until(&c, 30);
	ok(gate_limit(&c.gate) >= 32, "one 503 with 5 s does not keep the limit low (%.0f)",
	    gate_limit(&c.gate));
}

/* A server that has become slower needs fewer calls, not more. */
static void
test_slower(void)
{
	double sum = 0;

	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct client c = {.mean = .16, .sigma = .8, .cores = 24};

		begin(&c, 1, 256, seed);
		run_until(&c, 60);
		c.cores = 6;
		c.highest = 0;
		run_until(&c, 120);
		sum += c.highest;
	}
	ok(sum / 10 < 100, "a server of 24 places of which 18 go is not flooded (%.0f in flight)",
	    sum / 10);
}

static double
hint_89(struct client *c)
{
	return c->now < 200 ? 89 : -1;
}

static void
test_long_hint(void)
{
	struct client c = {.mean = .2, .sigma = .3, .refuse = hint_89};
	double before;

	begin(&c, 1, 64, 5);
	run_until(&c, 200);
	ok(c.refused <= 20, "under 89 s of Retry-After at each call hardly any is made (%.0f)",
	    c.refused);
	run_until(&c, 600);
	ok(c.answered > 0 && c.gate.pause < 300, "the pause ends");
	before = c.answered;
	run_until(&c, 1200);
	ok(c.answered - before > 600 && gate_rate(&c.gate) > 10, "and the rate recovers (%.0f/s)",
	    (c.answered - before) / 600);
}

static double
none_then_all(struct client *c)
{
	(void)c;
	return 0;
}

static void
test_hopeless(void)
{
	struct client c = {.mean = .2, .refuse = none_then_all};

	begin(&c, 1, 64, 5);
	run_until(&c, 600);
	ok(c.started < 150, "a server that refuses everything without a hint is left alone (%.0f)",
	    c.started);
}

static void
test_outage(void)
{
	struct client c = {.mean = .2, .sigma = .5};
	double before, started;

	begin(&c, 1, 64, 5);
	run_until(&c, 30);
	before = gate_limit(&c.gate);
	c.failing = 1;
	started = c.started;
	run_until(&c, 90);
	ok(c.started - started < before + 64, "an outage of a minute costs few calls (%.0f)",
	    c.started - started);
	c.failing = 0;
	started = c.started;
	c.highest = 0;
	while (c.started <= started + 1)
		run_until(&c, c.now + .01);
	run_until(&c, c.now + .1);
	ok(c.highest <= .75 * before,
	    "when it is over, not all that wait go at once (%.0f, where %.0f did)", c.highest,
	    before);
	run_until(&c, 150);
	ok(gate_limit(&c.gate) >= .7 * before, "and after it the limit comes back (%.0f of %.0f)",
	    gate_limit(&c.gate), before);
}

static void
test_outage_of_timeouts(void)
{
	struct client c = {.mean = 60, .sigma = .5, .timeout = 300};
	double started;

	begin(&c, 1, 8, 5);
	run_until(&c, 1800);
	c.failing = 1;
	run_until(&c, 3600);
	started = c.started;
	run_until(&c, 7200);
	ok(c.started - started > 6 && c.started - started < 12,
	    "after a probe that has timed out the next one follows within a minute (%.0f in an "
	    "hour)",
	    c.started - started);
}

static void
test_outage_of_late_failures(void)
{
	struct client c = {.mean = 1, .timeout = 60};
	double started;

	begin(&c, 1, 256, 5);
	run_until(&c, 5);
	c.failing = 1;
	started = c.started;
	run_until(&c, 605);
	ok(c.started - started < 600,
	    "one whose failures take a minute is one all the same (%.0f calls in ten minutes)",
	    c.started - started);
}

/* As many as may go, asked every second. */
static size_t
start_all(struct gate *g, double from, double to, struct permit *p)
{
	size_t n = 0;

	for (double now = from; now <= to; now++) {
		while (gate_when(g, now) <= now)
			gate_sent(g, now, &p[n++]);
	}
	return n;
}

static void
test_overdue(bool fixed)
{
	const char *what = fixed ? "fixed" : "auto";
	struct gate g;
	struct permit hung[CALLS], others[CALLS];

	gate_init(&g, &(struct gate_config){fixed ? 5 : 1, fixed ? 5 : 256, 1});
	for (int i = 0; i < 3; i++)
		one_call(&g, i, i + 1, (struct feedback){.load = LOAD_ANSWERED});
	ok(start_all(&g, 10, 10, hung) == 5 && start_all(&g, 11, 25, others) == 0,
	    "%s: calls of a second hold their places", what);
	ok(isfinite(gate_when(&g, 25)) == !fixed, "%s: whether that will change is known", what);
	ok(start_all(&g, 26, 40, others) == (fixed ? 0 : 5) &&
		start_all(&g, 41, 150, others + 5) == 0,
	    "%s: what has been out for long holds none, but for a fixed number, and that once",
	    what);
	if (!fixed)
		gate_done(&g, 300, &others[0], &(struct feedback){LOAD_ANSWERED, .latency = 250});
	for (int i = 0; i < 5; i++)
		gate_done(&g, 310, &hung[i], &(struct feedback){LOAD_BUSY, .latency = 300});
	ok((g.share == 0) == !fixed,
	    "%s: its end says nothing of the server, but where none after it was answered", what);
}

/* Overdue calls take no places of the others, however many they are and wherever the limit goes. */
static void
test_forgotten(void)
{
	struct client c = {.mean = 1, .sigma = .6, .places = 10};

	begin(&c, 1, 256, 3);
	run_until(&c, 600);
	ok(c.answered > 4500, "beyond ten calls none is ever answered: the ten are (%.0f times)",
	    c.answered);
}

/* A fifth of the calls is refused for a second, whatever the pace. */
static double
rate_under_chance(enum quota_unit unit)
{
	struct gate g;
	struct feedback refusal = {.load = LOAD_RATE, .hint = 1, .unit = unit};
	double now = 0;

	gate_init(&g, &(struct gate_config){1, 256, 1});
	for (int i = 0; i < 200; i++) {
		now = fmax(now, gate_when(&g, now));
		one_call(&g, now, now + .1,
		    i % 5 ? (struct feedback){.load = LOAD_ANSWERED, .tokens = 10} : refusal);
	}
	return gate_rate(&g);
}

static void
test_chance(void)
{
	ok(rate_under_chance(QUOTA_CALLS) == INFINITY &&
		rate_under_chance(QUOTA_UNNAMED) == INFINITY,
	    "calls that are refused at any pace are refused by chance");
	ok(rate_under_chance(QUOTA_TOKENS) < 100, "but where tokens are named it is a quota");
}

static void
refuse(struct ceiling *c, double now, double in_flight, double sent, double share)
{
	struct refused_call r = {.now = now, .in_flight = in_flight, .sent = sent, .share = share};

	ceiling_refused(c, &r);
}

static void
test_ceiling(void)
{
	struct ceiling c;

	ceiling_init(&c);
	refuse(&c, 1, 20, 1, .5);
	ceiling_sent(&c, 3, 20);
	refuse(&c, 4, 5, 2, .5);
	ok(c.limit == 19, "a refusal far below what is admitted is no ceiling (%g)", c.limit);
	refuse(&c, 4, 18, 3, .5);
	ok(c.limit == 19, "nor one of a call sent with the first that was above it (%g)", c.limit);
	refuse(&c, 4, 18, 2, .5);
	ok(c.limit == 17, "one near it and before that is (%g)", c.limit);

	ceiling_init(&c);
	refuse(&c, 1, 11, .9, .5);
	for (int i = 0; i < 100; i++)
		ceiling_answer(&c, INFINITY, 10, 256);
	ok(c.limit == 11, "what has not been tried is not lifted further (%g)", c.limit);
	refuse(&c, 2, 14, .95, .5);
	ok(c.good == 10, "nor known to be admitted (%g)", c.good);
	ceiling_sent(&c, 3, 11);
	for (int i = 0; i < 8; i++)
		ceiling_answer(&c, INFINITY, 10, 256);
	ok(c.limit == 13, "what has been tried is lifted by two (%g)", c.limit);

	refuse(&c, 4, 11, 4, .5);
	ok(c.limit == 13 && c.good == 11, "of many refusals one more is chance (%g)", c.good);
	refuse(&c, 5, 11, 5, .01);
	ok(c.limit == 13 && c.good == 10, "of few it raises a doubt (%g)", c.good);
	ceiling_sent(&c, 6, 11);
	refuse(&c, 7, 11, 6, .01);
	ok(c.limit == 10, "that the next one makes certain (%g)", c.limit);

	ceiling_init(&c);
	refuse(&c, 10, 41, 9, .02);
	refuse(&c, 10.1, 3, 7, .02);
	ok(c.limit == 40, "a late one of a call that was one of three tells nothing (%g)", c.limit);
	c.by_rate = true;
	ceiling_begin(&c, 10);
	ok(!c.by_rate, "one to start from is made of nothing yet");
}

int
main(void)
{
	test_rate();
	test_tokens();
	test_fixed();
	test_fixed_under_refusals();
	test_hint_kept();
	test_bounds();
	test_uncongested(.6);
	test_uncongested(1);
	test_flocks();
	test_noise();
	test_random_429();
	test_quota();
	test_early_503();
	test_slower();
	test_long_hint();
	test_hopeless();
	test_outage();
	test_outage_of_timeouts();
	test_outage_of_late_failures();
	test_overdue(false);
	test_overdue(true);
	test_forgotten();
	test_chance();
	test_ceiling();
	return tap_done();
}
