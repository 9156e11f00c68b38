// SPDX-License-Identifier: MIT
/* Records become requests, and wait here until the gates, the budgets and the time let them go. */
#include "run/admit.h"

#include "base/clock.h"
#include "limit/backoff.h"

/*
 * Records that may wait for another attempt, for each place in flight: many, so
 * that some failures do not hold up the rest, and not the whole input, when a
 * server refuses everything.
 */
#define WAITING_PER_PLACE 16

/* Records that are settled without a call before signals and the rest are looked at again. */
#define PULLS_A_ROUND 256

static void
settle_input(struct engine *e, struct task *t, const char *reason)
{
	answer_reset(&t->answer);
	buf_str(&t->answer.message, reason);
	engine_settle(e, t, CLASS_INPUT);
}

/* Of the whole request, or of a line that makes none. */
static void
fingerprint(struct engine *e, struct task *t, bool callable)
{
	struct slice line = buf_view(&t->record.line);
	struct slice request[] = {
	    slice_of(e->config->origin), buf_view(&t->request.path), buf_view(&t->request.body)};

	hash_hex(callable ? request : &line, callable ? 3 : 1, t->facts.fp);
}

/* False: nothing is stored for it. */
static bool
take_stored(struct engine *e, struct task *t)
{
	switch (e->port->stored ? e->port->stored(e->port->context, t) : STORED_NONE) {
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
	return !e->ready && !e->ended && !e->stopping &&
	       e->waiting.count < e->gates->config.max * WAITING_PER_PLACE &&
	       e->port->room(e->port->context);
}

/* The next record that can be called, into e->ready; those that cannot are settled at once. */
static void
pull(struct engine *e)
{
	for (int pulls = 0; pulls < PULLS_A_ROUND && admit_has_room(e); pulls++) {
		struct task *t = task_take(&e->tasks);
		enum pulled pulled = e->port->pull(e->port->context, t);
		const char *reason;
		bool callable;

		e->starved = pulled == PULLED_NOTHING;
		if (pulled != PULLED_RECORD) {
			e->ended = pulled == PULLED_END;
			task_give(&e->tasks, t);
			return;
		}
		e->report.pulled++;
		t->facts = (struct call_facts){.first_ms = -1};
		t->failures = t->ambiguous = 0;
		t->retried = false;
		t->first_ms = CLOCK_NEVER;
		t->pulled_ms = e->now;
		reason = t->record.problem;
		callable = !reason && !e->config->api->build(
					  e->config->defaults, &t->record, &t->request, &reason);
		fingerprint(e, t, callable);
		if (take_stored(e, t))
			continue;
		if (!callable) {
			settle_input(e, t, reason);
			continue;
		}
		t->gate = gates_of(e->gates, buf_view(&t->request.model));
		e->ready = t;
	}
	e->cramped = !e->ready;
}

/* The first task whose wait is over, or NULL; those whose time is over are settled. */
static struct task *
due_task(struct engine *e)
{
	struct heap_node *first;

	while ((first = heap_first(&e->waiting)) && first->at <= e->now) {
		struct task *t = task_of_due(first);

		if (attempt_is_in_time(e, t, e->now))
			return t;
		attempt_give_up(e, t);
	}
	return NULL;
}

/* When the gate, and the budget of retries, let it through. */
static int64_t
opens(struct engine *e, struct task *t)
{
	int64_t gate = t ? gates_when(e->gates, t->gate, e->now) : CLOCK_NEVER;
	int64_t budget = e->now;

	if (t && t->retried)
		budget += backoff_budget_ms(e->retries, e->answers, e->now - e->start);
	return gate > budget ? gate : budget;
}

/*
 * Reserves what the call may cost. False when there is not so much left: then a
 * call that ends may give some back, and if none is in flight, it is spent.
 */
static bool
afford(struct engine *e, struct task *t)
{
	const struct api *api = e->config->api;
	int64_t most = 0;

	if (e->budget.most_tokens && !budget_has_learned(&e->budget))
		most = api->most_output(&t->request);
	t->reserved = budget_estimate(
	    &e->budget, gates_tokens(e->gates, t->request.body.len), most);
	if (budget_allows(&e->budget, t->reserved)) {
		budget_reserve(&e->budget, t->reserved);
		return true;
	}
	if (!e->tasks.in_flight)
		engine_stop(e, ENGINE_BUDGET, NULL);
	return false;
}

static void
start(struct engine *e, struct task *t)
{
	if (t == e->ready)
		e->ready = NULL;
	else
		heap_remove(&e->waiting, &t->due);
	if (t->first_ms == CLOCK_NEVER)
		t->first_ms = e->now;
	e->retries += t->retried;
	gates_enter(e->gates, t->gate, e->now, t->request.body.len, &t->permit);
	task_depart(&e->tasks, t);
	meter_sent(e->port->meter, t);
	e->transport.start(e->transport.self, &t->call);
}

int64_t
admit(struct engine *e)
{
	e->starved = e->cramped = false;
	while (!e->stopping && e->transport.open(e->transport.self)) {
		struct task *t = due_task(e);
		int64_t when = opens(e, t);

		if (when > e->now) {
			int64_t later = when;

			pull(e);
			t = e->ready;
			when = opens(e, t);
			if (when > e->now)
				return when < later ? when : later;
		}
		if (!afford(e, t))
			return CLOCK_NEVER;
		start(e, t);
	}
	return CLOCK_NEVER;
}
