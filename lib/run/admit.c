// SPDX-License-Identifier: MIT
/* Records become requests, and wait here until the gates, the budgets and the time let them go. */
#include "run/admit.h"

#include <inttypes.h>

#include "base/clock.h"
#include "limit/backoff.h"
#include "run/attempt.h"

/*
 * Records that may wait for an attempt, for each place in flight: many, so that
 * some failures, or a model that is refused, do not hold up the rest; and not the
 * whole input, when a server refuses everything.
 */
#define HELD_PER_PLACE 16

/* Records that are settled without a call before signals and the rest are looked at again. */
#define PULLS_A_ROUND 256

static void
settle_input(struct engine *e, struct task *t, const char *reason)
{
	answer_reset(&t->answer);
	buf_str(&t->answer.message, reason);
	engine_settle(e, t, CLASS_INPUT);
}

/* Of the whole request; or of the line, where it makes none. */
static void
fingerprint(struct engine *e, struct task *t, bool callable)
{
	struct slice line = buf_view(&t->record.line);
	struct slice request[] = {
	    slice_of(e->config->origin), buf_view(&t->request.path), buf_view(&t->request.body)};

	hash_hex(callable ? request : &line, callable ? 3 : 1, t->facts.fp);
}

/* True: it is settled by what is stored, or given back. */
static bool
take_stored(struct engine *e, struct task *t)
{
	switch (e->port->recall ? e->port->recall(e->port->context, t) : STORED_NONE) {
	case STORED_NONE: return false;
	case STORED_HERE:
		e->report.reused += t->facts.class == CLASS_OK;
		engine_settle(e, t, t->facts.class);
		return true;
	case STORED_LATER:
		e->report.pulled--;
		task_give(&e->tasks, t);
		return true;
	}
	return false;
}

bool
admit_has_room(const struct engine *e)
{
	size_t held = e->waiting.count + gates_ready(e->gates);

	return !e->ended && !e->stopping && held < e->gates->config.max * HELD_PER_PLACE &&
	       e->port->room(e->port->context);
}

/* Makes the record a request. False: there is no call to make: it is settled or given back. */
static bool
make_request(struct engine *e, struct task *t)
{
	const char *reason = t->record.problem;
	bool callable = !reason && !e->config->api->build(
				       e->config->defaults, &t->record, &t->request, &reason);

	fingerprint(e, t, callable);
	if (take_stored(e, t))
		return false;
	if (!callable)
		settle_input(e, t, reason);
	return callable;
}

/* Makes the next record that needs a call ready; those before it are settled. False: none. */
static bool
pull(struct engine *e)
{
	for (int pulls = 0; pulls < PULLS_A_ROUND && admit_has_room(e); pulls++) {
		struct task *t = task_take(&e->tasks);
		enum pulled pulled = e->port->pull(e->port->context, t);

		e->starved = pulled == PULLED_NOTHING;
		if (pulled != PULLED_RECORD) {
			e->ended = pulled == PULLED_END;
			task_give(&e->tasks, t);
			return false;
		}
		e->report.pulled++;
		t->pulled_ms = e->now;
		if (!make_request(e, t))
			continue;
		t->gate = gates_of(e->gates, buf_view(&t->request.model));
		task_ready(t);
		if (!t->gate->spent)
			return true;
		attempt_give_up_all(e, &t->gate->ready);
	}
	e->cramped = true;
	return false;
}

/*
 * Those that have waited long enough after a failure are ready, as far as the budget of
 * retries goes: returns when it allows the next.
 */
static int64_t
end_waits(struct engine *e)
{
	struct task *t;

	while ((t = task_first(&e->waiting)) && t->due.at <= e->now) {
		int64_t wait = backoff_budget_ms(e->retries, e->answers, e->now - e->start);

		if (t->gate->spent || !attempt_is_in_time(e, t, e->now)) {
			attempt_give_up(e, &e->waiting, t);
			continue;
		}
		if (wait > 0)
			return e->now + wait;
		heap_remove(&e->waiting, &t->due);
		task_ready(t);
		e->retries++;
		t->retried = true;
	}
	return CLOCK_NEVER;
}

/* What may happen next, as the gates are. */
struct chance {
	struct task *task; /* the oldest record before an open gate; NULL: none */
	bool idle;         /* a gate has nobody before it, or there is none yet */
	int64_t opens;     /* when the first shut gate does; CLOCK_NEVER: when a call has ended */
};

static struct chance
look(const struct engine *e)
{
	struct chance c = {.idle = !e->gates->count, .opens = CLOCK_NEVER};

	for (size_t i = 0; i < e->gates->count; i++) {
		struct model_gate *m = &e->gates->items[i];
		struct task *t = task_first(&m->ready);
		int64_t opens;

		if (m->spent)
			continue;
		if (!t) { /* not asked: a gate takes note that a call has to wait */
			c.idle = true;
			continue;
		}
		opens = gates_when(e->gates, m, e->now);
		if (opens > e->now)
			c.opens = clock_earlier(c.opens, opens);
		else if (!c.task || t->record.seq < c.task->record.seq)
			c.task = t;
	}
	return c;
}

static void
stop_spent(struct engine *e, int64_t tokens)
{
	const struct budget *b = &e->budget;

	engine_stop(e, ENGINE_BUDGET, NULL);
	if (b->calls >= b->most_calls)
		buf_printf(
		    &e->report.why, "all %" PRId64 " calls of --max-calls are made", b->most_calls);
	else
		buf_printf(&e->report.why,
		    "%" PRId64
		    " of --max-total-tokens are left, and the next call may take %" PRId64
		    ": a lower maxOutputTokens in --config bounds that",
		    b->most_tokens - b->tokens, tokens);
}

/*
 * Reserves what the call may cost. False: there is not so much left; a call in
 * flight may give some back when it ends, and if there is none the run stops.
 */
static bool
reserve(struct engine *e, struct task *t)
{
	const struct api *api = e->config->api;
	int64_t most = 0;

	if (e->budget.most_tokens < INT64_MAX && !budget_has_learned(&e->budget))
		most = api->most_output(&t->request);
	t->reserved = budget_estimate(
	    &e->budget, gates_tokens(e->gates, t->request.body.len), most);
	if (budget_reserve(&e->budget, t->reserved))
		return true;
	if (LIST_EMPTY(&e->tasks.in_flight))
		stop_spent(e, t->reserved);
	return false;
}

static void
start(struct engine *e, struct task *t)
{
	heap_remove(&t->gate->ready, &t->due);
	if (t->first_ms == CLOCK_NEVER)
		t->first_ms = e->now;
	gates_enter(e->gates, t->gate, e->now, t->request.body.len, &t->permit);
	LIST_INSERT_HEAD(&e->tasks.in_flight, t, list);
	meter_sent(e->port->meter, t);
	e->transport.start(e->transport.self, &t->call);
}

int64_t
admit(struct engine *e)
{
	int64_t allowed = end_waits(e);

	e->starved = e->cramped = false;
	while (!e->stopping && e->transport.open(e->transport.self)) {
		struct chance c = look(e);

		if (c.task && !attempt_is_in_time(e, c.task, e->now))
			attempt_give_up(e, &c.task->gate->ready, c.task);
		else if (c.task && reserve(e, c.task))
			start(e, c.task);
		else if (c.task)
			return CLOCK_NEVER;
		else if (!c.idle || !pull(e))
			return clock_earlier(allowed, c.opens);
	}
	return CLOCK_NEVER;
}
