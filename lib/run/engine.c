// SPDX-License-Identifier: MIT
/*
 * One round: admit what the gate lets through, write what is due, wait, take what
 * has come back. All else is bookkeeping for these four.
 */
#include "run/engine.h"

#include <assert.h>

#include "base/clock.h"
#include "run/admit.h"
#include "run/attempt.h"

/* How soon to try again when the output's lock is another program's. */
#define LOCK_RETRY_MS 2

static void
collect(struct engine *e)
{
	struct call *call;

	while ((call = e->transport.done(e->transport.self)))
		attempt_ended(e, call->owner);
}

static void
cancel_all(struct engine *e)
{
	for (struct task *t; (t = LIST_FIRST(&e->tasks.in_flight));) {
		e->transport.cancel(e->transport.self, &t->call);
		collect(e);
	}
}

/* All that wait, after a stop. */
static void
settle_waiting(struct engine *e)
{
	attempt_give_up_all(e, &e->waiting);
	for (size_t i = 0; i < e->gates->count; i++)
		attempt_give_up_all(e, &e->gates->items[i].ready);
}

static void
check_balance(const struct engine *e)
{
	assert(e->report.pulled == e->report.emitted + e->report.unattempted + e->gates->in_flight +
				       e->waiting.count + gates_ready(e->gates));
}

static void
flush(struct engine *e)
{
	enum flushed flushed = e->port->flush(e->port->context);

	e->backlog = flushed == FLUSH_LEFT;
	if (flushed < 0)
		engine_stop(e, ENGINE_OUTPUT_GONE, NULL);
	if (flushed == FLUSH_LOST) { /* answers that nobody reads cost money */
		settle_waiting(e);
		cancel_all(e);
	}
}

/* The first one drains; a second one cancels. */
static void
on_interrupt(struct engine *e)
{
	unsigned count = e->port->interrupts(e->port->context);

	engine_stop(e, ENGINE_INTERRUPTED, NULL);
	if (count > 1)
		e->drain_until = e->now;
}

/* Only an interrupted run gives up on a reader that takes nothing; any other waits for it. */
static bool
gives_up(const struct engine *e)
{
	return e->report.end == ENGINE_INTERRUPTED;
}

static int64_t
deadline_of(const struct engine *e, int64_t gate_opens)
{
	struct heap_node *first = heap_first(&e->waiting);
	int64_t deadline = clock_earlier(gate_opens, e->port->meter->due);

	if (e->cramped && admit_has_room(e)) /* what was settled without a call has been written */
		return e->now;
	/* one that is over already waits for the budget of retries: admit() knows until when */
	if (!e->stopping && first && first->at > e->now)
		deadline = clock_earlier(deadline, first->at);
	if (!e->stopping)
		deadline = clock_earlier(deadline, e->deadline);
	else if (!LIST_EMPTY(&e->tasks.in_flight) || gives_up(e))
		deadline = clock_earlier(deadline, e->drain_until);
	return deadline;
}

static void
wait_for_events(struct engine *e, int64_t deadline)
{
	const struct engine_port *p = e->port;
	bool wants_input = e->starved && !e->ended && !e->stopping;
	int output = p->output_fd(p->context);
	struct watch watches[] = {{wants_input ? p->input_fd(p->context) : -1, WATCH_INPUT, false},
	    {output, e->backlog ? WATCH_OUTPUT : WATCH_HANGUP, false},
	    {p->signal_fd, WATCH_INPUT, false}};

	if (e->backlog && output < 0)
		deadline = clock_earlier(deadline, e->now + LOCK_RETRY_MS);
	e->transport.wait(e->transport.self, watches, 3, deadline);
	e->now = e->transport.now(e->transport.self);
	meter_tick(p->meter, e->now);
	if (watches[0].ready)
		p->fill(p->context);
	if (watches[1].ready && watches[1].what == WATCH_HANGUP)
		p->output_lost(p->context);
	if (watches[2].ready)
		on_interrupt(e);
}

static bool
is_idle(const struct engine *e)
{
	return LIST_EMPTY(&e->tasks.in_flight) && !e->waiting.count && !gates_ready(e->gates);
}

static bool
is_finished(const struct engine *e)
{
	if (e->report.end == ENGINE_OUTPUT_GONE || (gives_up(e) && e->now >= e->drain_until))
		return is_idle(e);
	return (e->ended || e->stopping) && is_idle(e) && !e->backlog;
}

/* One round: false when all is done. */
static bool
go_round(struct engine *e)
{
	int64_t gate_opens;

	if (e->now >= e->deadline)
		engine_stop(e, ENGINE_DEADLINE, NULL);
	gate_opens = admit(e);
	if (e->stopping) {
		settle_waiting(e);
		if (e->now >= e->drain_until)
			cancel_all(e);
	}
	flush(e);
	check_balance(e);
	if (is_finished(e))
		return false;
	wait_for_events(e, deadline_of(e, gate_opens));
	collect(e);
	return true;
}

/* A stop may come before the end of the input is seen. True: it is there; nothing is waited for. */
static bool
look_for_end(struct engine *e)
{
	const struct engine_port *p = e->port;
	struct watch input = {.what = WATCH_INPUT, .ready = true};

	while (!e->ended && input.ready) {
		struct task *t = task_take(&e->tasks);
		enum pulled pulled = p->pull(p->context, t);

		task_give(&e->tasks, t);
		e->ended = pulled == PULLED_END;
		if (pulled != PULLED_NOTHING)
			break;
		input.fd = p->input_fd(p->context);
		e->transport.wait(e->transport.self, &input, 1, e->now);
		if (input.ready)
			p->fill(p->context);
	}
	return e->ended;
}

/* A stop by policy that has left nothing undone does not count as one. */
static void
reconsider_end(struct engine *e)
{
	bool policy = e->report.end == ENGINE_HALT || e->report.end == ENGINE_DEADLINE;

	if (e->report.end == ENGINE_COMPLETE || e->report.end >= ENGINE_INTERRUPTED)
		return;
	e->report.rest = e->report.unattempted || !look_for_end(e);
	if (policy && !e->report.rest && !e->undone)
		e->report.end = ENGINE_COMPLETE;
}

const char *
engine_end_reason(enum engine_end end)
{
	switch (end) {
	case ENGINE_QUOTA:
		return "a quota that waiting does not refill (daily ones: at midnight Pacific "
		       "time)";
	case ENGINE_WAIT_TOO_LONG: return "a longer wait than --max-wait";
	case ENGINE_HALT: return "as many failures as --halt allows";
	case ENGINE_DEADLINE: return "the --deadline has come";
	case ENGINE_BUDGET: return "the budget is spent";
	case ENGINE_KEY_LOST: return "the key is refused now";
	case ENGINE_REFUSED: return "the key or the model is refused";
	case ENGINE_INTERRUPTED: return "interrupted";
	case ENGINE_OUTPUT_GONE: return "the output is gone";
	case ENGINE_COMPLETE: break;
	}
	return "done";
}

struct engine_report
engine_run(const struct engine_config *config, struct gates *gates, struct transport transport,
    const struct engine_port *port)
{
	struct engine e = {.config = config,
	    .port = port,
	    .gates = gates,
	    .transport = transport,
	    .refused_since = CLOCK_NEVER,
	    .drain_until = CLOCK_NEVER,
	    .deadline = CLOCK_NEVER,
	    .budget = {.most_calls = config->max_calls, .most_tokens = config->max_tokens}};

	rng_seed(&e.random, config->seed);
	e.now = e.start = transport.now(transport.self);
	if (config->deadline_ms)
		e.deadline = e.start + config->deadline_ms;
	meter_start(port->meter, gates, e.now);
	while (go_round(&e))
		;
	e.report.output_left = e.backlog;
	if (e.report.end == ENGINE_COMPLETE && e.spent)
		e.report.end = ENGINE_QUOTA;
	reconsider_end(&e);
	meter_end(port->meter, engine_end_reason(e.report.end), e.report.unattempted);
	tasks_free(&e.tasks);
	heap_free(&e.waiting);
	return e.report;
}
