// SPDX-License-Identifier: MIT
/* Each action of a verdict is one function here. */
#include "run/attempt.h"

#include "base/clock.h"
#include "limit/backoff.h"

void
engine_settle(struct engine *e, struct task *t, enum call_class class)
{
	t->facts.class = class;
	clock_utc(t->facts.at);
	e->report.succeeded += class == CLASS_OK;
	e->report.emitted++;
	e->port->emit(e->port->context, t);
	task_give(&e->tasks, t);
}

void
engine_stop(struct engine *e, enum engine_end end, const struct answer *answer)
{
	if (e->stopping)
		return;
	e->stopping = true;
	e->report.end = end;
	e->drain_until = e->now + e->config->drain_ms;
	if (answer) {
		e->report.hint_ms = answer->facts.hint_ms;
		buf_slice(&e->report.why, buf_view(&answer->message));
	}
}

/*
 * The task waits for its next attempt, and everybody for as long as the server
 * says. False when that is too long, which stops the run.
 */
static bool
wait_for_attempt(struct engine *e, struct task *t, unsigned *failures)
{
	int64_t hint = t->answer.facts.hint_ms;

	if (hint > e->config->max_wait_ms) {
		engine_stop(e, ENGINE_WAIT_TOO_LONG, &t->answer);
		return false;
	}
	if (hint > 0)
		gate_pause(e->gate, e->now + hint);
	t->due.at = e->now + backoff_ms((*failures)++, hint, &e->random);
	t->due.rank = t->record.seq;
	heap_add(&e->waiting, &t->due);
	return true;
}

/* Refused by rate: not counted, but a server that accepts nothing for too long stops the run. */
static bool
wait_for_rate(struct engine *e, struct task *t)
{
	if (e->stopping || !e->config->retry)
		return false;
	if (e->refused_since == CLOCK_NEVER)
		e->refused_since = e->now;
	if (e->now - e->refused_since > e->config->max_wait_ms) {
		engine_stop(e, ENGINE_WAIT_TOO_LONG, &t->answer);
		return false;
	}
	return wait_for_attempt(e, t, &t->refusals);
}

static bool
try_again(struct engine *e, struct task *t, unsigned *count, int64_t most)
{
	return !e->stopping && *count < most && wait_for_attempt(e, t, count);
}

static void
stop_refused(struct engine *e, struct task *t, enum call_class class)
{
	if (e->report.succeeded == e->report.reused)
		engine_stop(e, ENGINE_REFUSED, &t->answer);
	else if (class == CLASS_AUTH)
		engine_stop(e, ENGINE_KEY_LOST, &t->answer);
}

/* Does the task wait for another attempt? If not, it is settled with this class. */
static bool
goes_on(struct engine *e, struct task *t, struct verdict v)
{
	switch (v.action) {
	case ACTION_DONE:
	case ACTION_FAIL: return false;
	case ACTION_RETRY: return try_again(e, t, &t->failures, e->config->retry);
	case ACTION_AMBIGUOUS: return try_again(e, t, &t->ambiguous, e->config->retry_ambiguous);
	case ACTION_WAIT: return wait_for_rate(e, t);
	case ACTION_STOP: engine_stop(e, ENGINE_QUOTA, &t->answer); return false;
	case ACTION_REFUSED: stop_refused(e, t, v.class); return false;
	}
	return false;
}

void
attempt_ended(struct engine *e, struct task *t)
{
	struct verdict v;

	task_return(&e->tasks, t);
	gate_leave(e->gate);
	e->config->api->read(&t->request, &t->reply, &t->answer);
	v = verdict_of(&t->answer.facts);
	t->facts.attempts += t->reply.sent;
	t->facts.first_ms = t->reply.first_ms;
	t->facts.total_ms = t->reply.total_ms;
	t->facts.wait_ms = e->now - t->pulled_ms - t->reply.total_ms;
	if (t->facts.wait_ms < 0) /* e->now is a little old */
		t->facts.wait_ms = 0;
	t->facts.maybe_billed |= v.maybe_billed && t->reply.sent;
	if (v.action != ACTION_WAIT)
		e->refused_since = CLOCK_NEVER;
	if (!goes_on(e, t, v))
		engine_settle(e, t, v.class);
}
