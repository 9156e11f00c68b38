// SPDX-License-Identifier: MIT
/*
 * The rooms of the simulator on a virtual clock: the queue before the slots,
 * the quotas, the plans that directives make, and what is said.
 */
#include <string.h>

#include "base/clock.h"
#include "sim/answer.h"
#include "sim/directive.h"
#include "sim/quota.h"
#include "sim/service.h"
#include "sim/sim.h"
#include "sim/stats.h"
#include "sim/talk.h"
#include "tap.h"

static struct sim_job
job_of(int64_t duration, size_t steps)
{
	return (struct sim_job){.duration = duration, .steps = steps, .expires = CLOCK_NEVER};
}

static void
test_queue(void)
{
	struct sim_service s = {
	    .slots = 2, .queue_max = 1, .queue = TAILQ_HEAD_INITIALIZER(s.queue)};
	struct sim_job a = job_of(100, 1), b = job_of(50, 1), c = job_of(10, 1), d = job_of(10, 1);

	sim_service_admit(&s, &a, 0);
	sim_service_admit(&s, &b, 0);
	ok(sim_service_admit(&s, &c, 0) && s.waiting == 1, "the third of two slots waits");
	ok(!sim_service_admit(&s, &d, 0), "the fourth is turned away by a queue of one place");
	ok(sim_service_deadline(&s) == 50 && !sim_service_next(&s, 49),
	    "nothing is done before it is due");
	ok(sim_service_next(&s, 50) == &b && s.served == 2,
	    "the one that is done makes room for the next");
	ok(sim_service_next(&s, 60) == &c && !sim_service_next(&s, 99) &&
		sim_service_next(&s, 100) == &a,
	    "who waited is served for its own duration");
	ok(s.served == 0 && sim_service_deadline(&s) == CLOCK_NEVER, "and then there is nobody");
	sim_service_free(&s);
}

static void
test_resizing(void)
{
	struct sim_service s = {
	    .slots = 2, .queue_max = -1, .queue = TAILQ_HEAD_INITIALIZER(s.queue)};
	struct sim_job a = job_of(100, 1), b = job_of(50, 1), c = job_of(100, 1),
		       d = job_of(100, 1);

	sim_service_admit(&s, &a, 0);
	sim_service_admit(&s, &b, 0);
	sim_service_admit(&s, &c, 0);
	sim_service_admit(&s, &d, 0);
	sim_service_resize(&s, 1, 10);
	ok(sim_service_next(&s, 50) == &b && s.served == 1 && s.waiting == 2,
	    "fewer slots: who is served goes on, and nobody takes the place that is gone");
	sim_service_resize(&s, 3, 60);
	ok(s.served == 3 && s.waiting == 0, "more slots: those who wait have them at once");
	sim_service_free(&s);
}

static void
test_slots_at(void)
{
	struct sim_options o = {.slots = 1, .later_slots = 2, .later_ms = 100};
	struct sim s;

	sim_init(&s, &o, 5);
	ok(sim_deadline(&s) == 105, "other slots are due when nothing else is");
	sim_next(&s, 104);
	ok(s.service.slots == 1, "not before their time");
	sim_next(&s, 105);
	ok(s.service.slots == 2 && sim_deadline(&s) == CLOCK_NEVER, "and once");
	sim_free(&s);
}

static void
test_leaving(void)
{
	struct sim_service s = {
	    .slots = 1, .queue_max = -1, .queue = TAILQ_HEAD_INITIALIZER(s.queue)};
	struct sim_job a = job_of(100, 1), b = job_of(100, 1), c = job_of(100, 1);

	sim_service_admit(&s, &a, 0);
	sim_service_admit(&s, &b, 0);
	sim_service_admit(&s, &c, 0);
	sim_service_remove(&s, &b, 5);
	sim_service_remove(&s, &a, 10);
	ok(s.waiting == 0 && sim_service_deadline(&s) == 110,
	    "a slot that is left is the next one's at once");
	ok(sim_service_next(&s, 110) == &c, "the queue closes up over one that left it");
	sim_service_free(&s);
}

static void
test_steps(void)
{
	struct sim_service s = {.queue_max = -1, .queue = TAILQ_HEAD_INITIALIZER(s.queue)};
	struct sim_job a = job_of(300, 3), b = job_of(0, 3), stall = job_of(0, 1),
		       late = job_of(100, 2), just;

	sim_service_admit(&s, &a, 0);
	sim_service_next(&s, 100);
	ok(a.step == 1 && sim_service_deadline(&s) == 200,
	    "the steps of a stream are spread over its duration");
	sim_service_admit(&s, &b, 100);
	ok(b.step == 3 && b.state == SIM_JOB_OUT, "without a duration all is done at once");
	stall.endless = true;
	sim_service_admit(&s, &stall, 100);
	ok(sim_service_next(&s, 100) == &stall && stall.state == SIM_JOB_SERVED,
	    "one that stalls keeps its slot");
	late.expires = 140;
	sim_service_admit(&s, &late, 100);
	ok(sim_service_next(&s, 140) == &late && late.expired,
	    "who has no first step in time expires");
	just = job_of(100, 1);
	just.expires = 240;
	sim_service_admit(&s, &just, 140);
	sim_service_next(&s, 200);
	ok(sim_service_next(&s, 240) == &just && !just.expired,
	    "who has it at the last moment does not");
	sim_service_remove(&s, &stall, 250);
	sim_service_remove(&s, &a, 250);
	ok(s.served == 0, "who leaves is out, stalled or not");
	sim_service_free(&s);
}

static bool
take(struct sim_quota *q, const char *key, int64_t tokens, int64_t now, struct sim_refusal *r)
{
	return sim_quota_take(q, slice_of(key), "m", false, tokens, now, r);
}

static void
test_quota(void)
{
	struct sim_quota q = {.rpm = 60, .burst = 2, .tpm = 600, .rpd = 5};
	struct sim_refusal r;

	ok(take(&q, "k", 1, 0, &r) && take(&q, "k", 1, 0, &r), "the burst is let through");
	ok(!take(&q, "k", 1, 250, &r) && r.count == 1 && r.delay_ms == 750 &&
		r.violations[0].limit == 60,
	    "what comes too early is told the time until the refill");
	ok(!take(&q, "k", 1, 999, &r) && take(&q, "k", 1, 1000, &r),
	    "which is exact, and a refusal costs nothing");
	ok(take(&q, "other", 1, 1000, &r), "another key has its own account");
	ok(take(&q, "k", 590, 2000, &r) && !take(&q, "k", 30, 3000, &r) && r.delay_ms == 1000,
	    "tokens have their own bucket");
	ok(take(&q, "k", 1, 60000, &r) && !take(&q, "k", 1, 120000, &r) &&
		r.delay_ms == 86400000 - 120000,
	    "the day's requests come back when it ends");
	ok(take(&q, "k", 1, 86400000, &r), "and not before");
	sim_quota_free(&q);
}

static bool
plan(struct sim_plan *p, const char *text, uint64_t attempt)
{
	struct sim_answer refusal = {0};
	bool good;

	*p = (struct sim_plan){0};
	good = sim_plan_read(p, slice_of(text), &refusal);
	sim_answer_free(&refusal);
	sim_plan_at(p, attempt);
	return good;
}

static void
test_plan(void)
{
	struct sim_plan p;

	ok(plan(&p, "Do #sim:slow=300, then #sim:status=503.", 1) && p.slow_ms == 300 &&
		p.status == 503,
	    "directives stand in a sentence");
	ok(plan(&p, "#sim:slow=0.5s", 1) && p.slow_ms == 500, "a duration may have a unit");
	ok(plan(&p, "#sim:quota=minute,0.3s", 1) && p.quota && p.refusal.count == 1 &&
		p.refusal.delay_ms == 300,
	    "a quota may have a delay");
	ok(plan(&p, "#sim:fail=2,500 #sim:block", 2) && p.status == 500,
	    "fail: so long as it lasts");
	ok(plan(&p, "#sim:fail=2,500 #sim:block #sim:slow=7", 3) && !p.status && !p.shape &&
		p.slow_ms == 7,
	    "and then only what is no fault is left");
	ok(plan(&p, "#sim:echo #sim:nonsense", 1) && slice_is(p.echo, "#sim:nonsense"),
	    "nothing is read behind echo");
	ok(!plan(&p, "#sim:nonsense", 1) && !plan(&p, "#sim:slow", 1) &&
		!plan(&p, "#sim:block=1", 1) && !plan(&p, "#sim:cut=1001", 1),
	    "what is not in the table is an error");
	ok(plan(&p, "#sim: is no directive, nor is # sim:block", 1) && !p.shape,
	    "a mark alone is text");
}

static void
say(const char *prompt, const char *expected, const char *name)
{
	struct buf answer = {0};

	sim_talk(slice_of(prompt), &answer);
	is_str(buf_view(&answer), expected, name);
	buf_free(&answer);
}

static void
test_talk(void)
{
	say("", "[simulated] ", "an empty prompt");
	say("one of:", "[simulated] one of:", "a list without words is no list");
	say("one of: red, green\nThe evergreen is green", "green",
	    "whole words come before beginnings of words");
	say("Is it installed? Answer one of: remove, install.", "install",
	    "a word begins where the text says more");
	say("one of: red, green or blue? I like blue", "blue", "the last of a list in words");
	say("one of: Ja, Nein: nein", "Nein",
	    "the answer is spelt as in the list, and a colon ends it");
	say("Join:\n[simulated] one\n[simulated] two", "[simulated] one",
	    "of equal answers the first is repeated");
	say("Join: [simulated] Once upon a time there was an empty forest. "
	    "[simulated] Copying software is free, and so is changing it. "
	    "[simulated] Who is copying software must not change the license.",
	    "[simulated] Copying software is free, and so is changing it.",
	    "else the one whose words come again in the others");
	say("count to 0", "[simulated] count to 0", "nothing to count");
	say("Name 99 animals", "[simulated] cat, dog, horse, elephant, owl, salmon, fox, bear",
	    "a list ends");
	say("Version 3. A sentence that is long enough to stand alone. More.",
	    "[simulated] Version 3. A sentence that is long enough to stand alone.",
	    "a number ends no sentence");
}

static void
test_long_talk(void)
{
	char word[2001];
	struct buf answer = {0};

	for (size_t i = 0; i < 2000; i += 2)
		memcpy(word + i, "\xc3\xa4", 2);
	word[2000] = '\0';
	sim_talk(slice_of(word), &answer);
	ok(answer.len < 300 && answer.data[answer.len - 5] == '\xa4',
	    "one long word is cut between its characters");
	buf_free(&answer);
}

static void
test_tally(void)
{
	struct sim_tally t = {.max = 1000};
	uint64_t last = 0;

	for (uint64_t round = 0; round < 2; round++) {
		for (uint64_t key = 0; key < 2000; key++)
			last = sim_tally_add(&t, key, (struct slice){0});
	}
	ok(t.count == 1000 && last == 1, "a tally is bounded, and what is beyond is always new");
	ok(sim_tally_add(&t, 999, (struct slice){0}) == 3, "what is within is counted");
	sim_tally_free(&t);
}

static void
test_print(void)
{
	struct sim_answer a = {.status = 200};

	buf_str(&a.body, "{\"a\":[],\"b\":{\"c:,\\\"\":1}}");
	sim_answer_piece(&a);
	sim_answer_dress(&a, SIM_FORM_JSON);
	is_str(buf_view(&a.body), "{\n  \"a\": [],\n  \"b\": {\n    \"c:,\\\"\": 1\n  }\n}\n",
	    "strings are left alone");
	sim_answer_free(&a);
}

static void
test_break(void)
{
	struct sim_answer a = {.status = 200};

	for (int i = 0; i < 3; i++) {
		buf_str(&a.body, "{}");
		sim_answer_piece(&a);
	}
	sim_answer_dress(&a, SIM_FORM_SSE);
	sim_answer_break(&a, SIM_FORM_SSE, SIM_END_CUT, 1);
	is_str(buf_view(&a.body), "data: {}\r\n\r\ndata: ", "a cut falls inside the next frame");
	sim_answer_free(&a);
}

int
main(void)
{
	test_queue();
	test_resizing();
	test_slots_at();
	test_leaving();
	test_steps();
	test_quota();
	test_plan();
	test_talk();
	test_long_talk();
	test_tally();
	test_print();
	test_break();
	return tap_done();
}
