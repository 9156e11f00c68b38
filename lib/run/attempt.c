// SPDX-License-Identifier: MIT
/* Each action of a verdict is one function here. */
#include "run/attempt.h"

#include "base/clock.h"
#include "limit/backoff.h"

/*
 * So many refusals by rate of one record are usual while its model's limit is being learned: it
 * goes back to the gate at once. After more of them it waits by itself, too.
 */
#define REFUSALS 3

bool
attempt_is_in_time(const struct engine *e, const struct task *t, int64_t when)
{
	return !e->config->retry_max_ms || when - t->first_ms < e->config->retry_max_ms;
}

void
attempt_give_up(struct engine *e, struct heap *from, struct task *t)
{
	heap_remove(from, &t->due);
	engine_settle(e, t, verdict_of(&t->answer.facts).class);
}

void
attempt_give_up_all(struct engine *e, struct heap *from)
{
	struct task *t;

	while ((t = task_first(from))) {
		if (t->first_ms != CLOCK_NEVER) {
			attempt_give_up(e, from, t);
			continue;
		}
		heap_remove(from, &t->due);
		e->report.unattempted++;
		task_give(&e->tasks, t);
	}
}

/*
 * After more than REFUSALS, for the first time (0) or later: the hint doubles each time, so that a
 * record that is more than the quota holds does not hold up the others.
 */
static int64_t
refusal_backoff_ms(struct engine *e, int64_t hint, unsigned times)
{
	int64_t longest = e->config->max_wait_ms;

	for (unsigned i = 0; i < times && hint > 0 && hint < longest; i++)
		hint *= 2;
	return backoff_ms(times, hint < longest ? hint : longest, &e->random);
}

static bool
goes_on(const struct engine *e, const struct task *t)
{
	return !e->stopping && !t->gate->spent;
}

/*
 * Refused by rate: that does not count against --retry, and the gate says when to go on. A record
 * that was refused more than REFUSALS times waits by itself, as after a failure.
 */
static bool
wait_after_refusal(struct engine *e, struct task *t)
{
	int64_t hint = t->answer.facts.hint_ms;
	bool often = t->refused++ >= REFUSALS;
	int64_t wait = often ? refusal_backoff_ms(e, hint, t->refused - REFUSALS - 1) : hint;

	if (!goes_on(e, t) || !e->config->retry || !attempt_is_in_time(e, t, e->now + wait))
		return false;
	if (often)
		task_queue(t, &e->waiting, e->now + wait);
	else
		task_ready(t);
	return true;
}

static bool
try_again(struct engine *e, struct task *t, unsigned *failures, int64_t most)
{
	int64_t wait = backoff_ms(*failures, t->answer.facts.hint_ms, &e->random);

	if (!goes_on(e, t) || (*failures)++ >= most || !attempt_is_in_time(e, t, e->now + wait))
		return false;
	task_queue(t, &e->waiting, e->now + wait);
	return true;
}

/* A quota that waiting does not refill is its model's: the run goes on while it has another one. */
static void
stop_model(struct engine *e, struct task *t)
{
	t->gate->spent = e->spent = true;
	attempt_give_up_all(e, &t->gate->ready);
	if (gates_are_spent(e->gates)) {
		engine_stop(e, ENGINE_QUOTA, &t->answer);
	} else if (!e->stopping) {
		buf_reset(&e->report.why);
		buf_slice(&e->report.why, buf_view(&t->answer.message));
	}
}

static void
stop_refused(struct engine *e, struct task *t, enum call_class class)
{
	if (e->report.succeeded == e->report.reused)
		engine_stop(e, ENGINE_REFUSED, &t->answer);
	else if (class == CLASS_AUTH)
		engine_stop(e, ENGINE_KEY_LOST, &t->answer);
}

/*
 * Notes since when the server refuses everything by rate, or, since the run began, is not there. A
 * server that has answered before and is away now is waited for, all night if need be.
 */
static void
note_refused_since(struct engine *e, const struct verdict *v)
{
	if (v->load != LOAD_RATE && (v->load != LOAD_BUSY || e->answers))
		e->refused_since = CLOCK_NEVER;
	else if (e->refused_since == CLOCK_NEVER)
		e->refused_since = e->now;
}

/* For longer than --max-wait, from the first of those refusals to the start of this attempt? */
static bool
is_shut(const struct engine *e, const struct task *t)
{
	return e->refused_since != CLOCK_NEVER &&
	       e->now - t->facts.total_ms - e->refused_since > e->config->max_wait_ms;
}

/* True: the server asks for a wait so long that the run stops. It does so once. */
static bool
stop_for_wait(struct engine *e, const struct task *t, const struct verdict *v)
{
	bool waits = v->action == ACTION_RETRY || v->action == ACTION_AMBIGUOUS ||
		     v->action == ACTION_WAIT;

	if (e->stopping || !waits || t->answer.facts.hint_ms <= e->config->max_wait_ms)
		return false;
	engine_stop(e, ENGINE_WAIT_TOO_LONG, &t->answer);
	e->report.wait_ms = t->answer.facts.hint_ms;
	return true;
}

/* True: the task waits for another attempt; else it is to be settled with this class. */
static bool
act_on(struct engine *e, struct task *t, const struct verdict *v)
{
	note_refused_since(e, v);
	if (is_shut(e, t)) {
		engine_stop(e, ENGINE_WAIT_TOO_LONG, &t->answer);
		return false;
	}
	if (stop_for_wait(e, t, v))
		return false;
	switch (v->action) {
	case ACTION_DONE:
	case ACTION_FAIL: return false;
	case ACTION_RETRY: return try_again(e, t, &t->failures, e->config->retry);
	case ACTION_AMBIGUOUS:
		return e->config->retry > 0 &&
		       try_again(e, t, &t->ambiguous, e->config->retry_ambiguous);
	case ACTION_WAIT: return wait_after_refusal(e, t);
	case ACTION_STOP: stop_model(e, t); return false;
	case ACTION_REFUSED: stop_refused(e, t, v->class); return false;
	}
	return false;
}

/* What the attempt tells of the server's load. */
static void
leave_gate(struct engine *e, struct task *t, const struct verdict *v)
{
	const struct facts *f = &t->answer.facts;
	struct feedback o = {.load = v->load,
	    .latency = (double)t->reply.total_us / 1e6,
	    .hint = f->hint_ms > 0 ? (double)f->hint_ms / 1000 : 0,
	    .unit = f->unit,
	    .value = f->quota,
	    .tokens = (double)t->answer.usage.in};

	gates_leave(e->gates, t->gate, e->now, t->request.body.len, &t->permit, &o);
}

static void
account(struct engine *e, struct task *t, const struct verdict *v)
{
	const struct usage *u = &t->answer.usage;
	int64_t spent = v->maybe_billed && t->reply.sent ? t->reserved : 0;

	if (t->answer.has_usage) {
		t->facts.has_usage = true;
		usage_add(&t->facts.usage, u);
		spent = u->in + u->out + u->think;
		histogram_add(&e->budget.output, u->out + u->think);
	}
	budget_correct(&e->budget, t->reserved, t->reply.sent, spent);
	if (v->load == LOAD_ANSWERED) {
		e->answers++;
		e->retries -= t->retried;
	}
}

void
attempt_ended(struct engine *e, struct task *t)
{
	struct verdict v;

	LIST_REMOVE(t, list);
	e->config->api->read(&t->request, &t->reply, &t->answer);
	v = verdict_of(&t->answer.facts);
	leave_gate(e, t, &v);
	account(e, t, &v);
	meter_returned(e->port->meter, t, &v);
	t->facts.attempts += t->reply.sent;
	t->facts.first_ms = t->reply.first_ms;
	t->facts.total_ms = t->reply.total_us / 1000;
	t->facts.wait_ms = e->now - t->pulled_ms - t->facts.total_ms;
	if (t->facts.wait_ms < 0) /* e->now is a little old */
		t->facts.wait_ms = 0;
	t->facts.maybe_billed |= v.maybe_billed && t->reply.sent;
	if (act_on(e, t, &v))
		meter_waits(e->port->meter, t, v.class);
	else
		engine_settle(e, t, v.class);
}
