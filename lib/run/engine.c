// SPDX-License-Identifier: MIT
/*
 * One round: admit what the gate lets through, write what is due, wait, take what
 * has come back. All else is bookkeeping for these four.
 */
#include "run/engine.h"

#include <assert.h>

#include "base/clock.h"
#include "run/attempt.h"

/*
 * Records that may wait for another attempt, for each place in flight: many, so
 * that some failures do not hold up the rest, and not the whole input, when a
 * server refuses everything.
 */
#define WAITING_PER_PLACE 16

/* Records that are settled without a call before signals and the rest are looked at again. */
#define PULLS_A_ROUND 256

/* How soon to try again when the output's lock is another program's. */
#define LOCK_RETRY_MS 2

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

static bool
has_room(const struct engine *e)
{
	return !e->ready && !e->ended && !e->stopping &&
	       e->waiting.count < e->gate->bound * WAITING_PER_PLACE &&
	       e->port->room(e->port->context);
}

/* The next record that can be called, into e->ready; those that cannot are settled at once. */
static void
pull(struct engine *e)
{
	for (int pulls = 0; pulls < PULLS_A_ROUND && has_room(e); pulls++) {
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
		t->failures = t->refusals = t->ambiguous = 0;
		t->pulled_ms = e->now;
		reason = t->record.problem;
		callable = !reason && !e->config->api->build(
					  e->config->defaults, &t->record, &t->request, &reason);
		fingerprint(e, t, callable);
		if (take_stored(e, t))
			continue;
		if (callable)
			e->ready = t;
		else
			settle_input(e, t, reason);
	}
	e->cramped = !e->ready;
}

/* The task whose attempt comes next: one whose wait is over goes before a new one. */
static struct task *
next_task(struct engine *e)
{
	struct heap_node *first = heap_first(&e->waiting);

	if (first && first->at <= e->now)
		return task_of_due(first);
	pull(e);
	return e->ready;
}

static void
start(struct engine *e, struct task *t)
{
	if (t == e->ready)
		e->ready = NULL;
	else
		heap_remove(&e->waiting, &t->due);
	t->started_ms = e->now;
	gate_enter(e->gate, e->now);
	task_depart(&e->tasks, t);
	e->transport.start(e->transport.self, &t->call);
}

/* Lets through the gate what may go; returns when the gate opens next, if somebody waits for it. */
static int64_t
admit(struct engine *e)
{
	e->starved = e->cramped = false;
	while (!e->stopping && e->transport.open(e->transport.self)) {
		struct task *t = next_task(e);
		int64_t when;

		if (!t)
			return CLOCK_NEVER;
		when = gate_when(e->gate, e->now);
		if (when > e->now)
			return when;
		start(e, t);
	}
	return CLOCK_NEVER;
}

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
	while (e->tasks.in_flight) {
		e->transport.cancel(e->transport.self, &e->tasks.in_flight->call);
		collect(e);
	}
}

/* After a stop: those that wait come out with the failure they had, those never sent do not. */
static void
settle_waiting(struct engine *e)
{
	struct heap_node *first;

	while ((first = heap_first(&e->waiting))) {
		struct task *t = task_of_due(first);

		heap_remove(&e->waiting, first);
		engine_settle(e, t, verdict_of(&t->answer.facts).class);
	}
	if (e->ready) {
		e->report.unattempted++;
		task_give(&e->tasks, e->ready);
		e->ready = NULL;
	}
}

static void
check_balance(const struct engine *e)
{
	assert(e->report.pulled == e->report.emitted + e->report.unattempted + e->gate->in_flight +
				       e->waiting.count + (e->ready != NULL));
}

static void
flush(struct engine *e)
{
	enum flushed flushed = e->port->flush(e->port->context);

	e->backlog = flushed == FLUSH_LEFT;
	if (flushed < 0) {
		engine_stop(e, ENGINE_OUTPUT_GONE, NULL);
		e->report.end = ENGINE_OUTPUT_GONE;
	}
	if (flushed == FLUSH_LOST)
		e->drain_until = e->now; /* answers that nobody reads cost money */
}

/* A signal beats what else may have stopped the run; a second one waits for nothing. */
static void
on_interrupt(struct engine *e)
{
	unsigned count = e->port->interrupts(e->port->context);

	engine_stop(e, ENGINE_INTERRUPTED, NULL);
	if (e->report.end != ENGINE_OUTPUT_GONE)
		e->report.end = ENGINE_INTERRUPTED;
	if (count > 1)
		e->drain_until = e->now;
}

/* An interrupt does not wait for ever for a reader that takes nothing; nothing else gives up. */
static bool
gives_up(const struct engine *e)
{
	return e->report.end == ENGINE_INTERRUPTED;
}

static int64_t
deadline_of(const struct engine *e, int64_t gate_opens)
{
	struct heap_node *first = heap_first(&e->waiting);
	int64_t deadline = gate_opens;

	if (e->cramped && has_room(e)) /* what was settled without a call has been written */
		return e->now;
	/* a wait that is over while the gate is shut is the gate's to end */
	if (!e->stopping && first && first->at > e->now && first->at < deadline)
		deadline = first->at;
	if (e->stopping && (e->tasks.in_flight || gives_up(e)) && e->drain_until < deadline)
		deadline = e->drain_until;
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

	if (e->backlog && output < 0 && e->now + LOCK_RETRY_MS < deadline)
		deadline = e->now + LOCK_RETRY_MS;
	e->transport.wait(e->transport.self, watches, 3, deadline);
	e->now = e->transport.now(e->transport.self);
	if (watches[0].ready)
		p->fill(p->context);
	if (watches[1].ready && watches[1].what == WATCH_HANGUP)
		p->output_lost(p->context);
	if (watches[2].ready)
		on_interrupt(e);
}

static bool
is_finished(const struct engine *e)
{
	bool idle = !e->tasks.in_flight && !e->waiting.count && !e->ready;

	if (e->report.end == ENGINE_OUTPUT_GONE || (gives_up(e) && e->now >= e->drain_until))
		return idle;
	return (e->ended || e->stopping) && idle && !e->backlog;
}

/* One round: false when all is done. */
static bool
go_round(struct engine *e)
{
	int64_t gate_opens = admit(e);

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

const char *
engine_end_reason(enum engine_end end)
{
	switch (end) {
	case ENGINE_QUOTA:
		return "a quota that waiting does not refill (daily ones: at midnight Pacific "
		       "time)";
	case ENGINE_WAIT_TOO_LONG: return "a longer wait than --max-wait";
	case ENGINE_KEY_LOST: return "the key is refused now";
	case ENGINE_REFUSED: return "the key or the model is refused";
	case ENGINE_INTERRUPTED: return "interrupted";
	case ENGINE_OUTPUT_GONE: return "the output is gone";
	case ENGINE_COMPLETE: break;
	}
	return "done";
}

struct engine_report
engine_run(const struct engine_config *config, struct gate *gate, struct transport transport,
    const struct engine_port *port)
{
	struct engine e = {.config = config,
	    .port = port,
	    .gate = gate,
	    .transport = transport,
	    .refused_since = CLOCK_NEVER,
	    .drain_until = CLOCK_NEVER};

	e.report.hint_ms = -1;
	rng_seed(&e.random, config->seed);
	e.now = transport.now(transport.self);
	while (go_round(&e))
		;
	e.report.output_left = e.backlog;
	tasks_free(&e.tasks);
	heap_free(&e.waiting);
	return e.report;
}
