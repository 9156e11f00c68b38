// SPDX-License-Identifier: MIT
#include "run/engine.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "limit/backoff.h"

/* How soon to try again when the output's lock is another program's. */
#define LOCK_RETRY_MS 2

struct engine {
	const struct engine_config *config;
	const struct engine_port *port;
	struct gate *gate;
	struct transport transport;
	struct rng random;
	struct heap waiting;    /* tasks that wait for their next attempt */
	struct task *ready;     /* pulled and built, not yet let through the gate: one at most */
	struct task *in_flight; /* the list */
	struct task *idle;
	struct engine_report report;
	bool ended;    /* the input has */
	bool starved;  /* the last pull gave nothing: wait for input */
	bool stopping; /* no new records, no new attempts */
	bool backlog;  /* output is left to write */
	int64_t drain_until;
	int64_t refused_since; /* only refusals by rate since then; CLOCK_NEVER: no */
	int64_t now;
};

static struct task *
take_task(struct engine *e)
{
	struct task *t = e->idle;

	if (t) {
		e->idle = t->next;
		return t;
	}
	t = mem_zero(1, sizeof *t);
	t->call = (struct call){.request = &t->request, .reply = &t->reply, .owner = t};
	return t;
}

static void
give_task(struct engine *e, struct task *t)
{
	t->next = e->idle;
	e->idle = t;
}

static void
free_tasks(struct engine *e)
{
	while (e->idle) {
		struct task *t = e->idle;

		e->idle = t->next;
		record_free(&t->record);
		request_free(&t->request);
		reply_free(&t->reply);
		answer_free(&t->answer);
		free(t);
	}
}

static void
link_in_flight(struct engine *e, struct task *t)
{
	t->previous = NULL;
	t->following = e->in_flight;
	if (e->in_flight)
		e->in_flight->previous = t;
	e->in_flight = t;
}

static void
unlink_in_flight(struct engine *e, struct task *t)
{
	if (t->previous)
		t->previous->following = t->following;
	else
		e->in_flight = t->following;
	if (t->following)
		t->following->previous = t->previous;
}

static void
settle(struct engine *e, struct task *t, enum class class)
{
	t->facts.class = class;
	clock_utc(t->facts.at);
	e->report.succeeded += class == CLASS_OK;
	e->report.emitted++;
	e->port->emit(e->port->context, t);
	give_task(e, t);
}

static void
settle_input(struct engine *e, struct task *t, const char *reason)
{
	answer_reset(&t->answer);
	buf_str(&t->answer.message, reason);
	settle(e, t, CLASS_INPUT);
}

/* No new records and no new attempts from here on; the first reason stands. */
static void
stop(struct engine *e, enum engine_end end, const struct answer *answer)
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

static void
fingerprint(struct engine *e, struct task *t)
{
	struct slice parts[] = {
	    slice_of(e->config->origin), buf_view(&t->request.path), buf_view(&t->request.body)};

	hash_hex(parts, 3, t->facts.fp);
}

/* A server that refuses everything must not draw the whole input into memory. */
static bool
has_room(const struct engine *e)
{
	return !e->ready && !e->ended && !e->stopping && e->waiting.count < e->gate->bound &&
	       e->port->room(e->port->context);
}

/* The next record that can be called, into e->ready; those that cannot are settled at once. */
static void
pull(struct engine *e)
{
	while (has_room(e)) {
		struct task *t = take_task(e);
		enum pulled pulled = e->port->pull(e->port->context, t);
		const char *reason = NULL;

		e->starved = pulled == PULLED_NOTHING;
		if (pulled != PULLED_RECORD) {
			e->ended = pulled == PULLED_END;
			give_task(e, t);
			return;
		}
		e->report.pulled++;
		t->facts = (struct call_facts){.first_ms = -1};
		t->failures = t->refusals = t->ambiguous = 0;
		t->pulled_ms = e->now;
		if (t->record.problem ||
		    e->config->api->build(e->config->defaults, &t->record, &t->request, &reason)) {
			settle_input(e, t, t->record.problem ? t->record.problem : reason);
			continue;
		}
		fingerprint(e, t);
		e->ready = t;
	}
}

/* The task whose attempt comes next: one whose wait is over goes before a new one. */
static struct task *
next_task(struct engine *e)
{
	struct heap_node *first = heap_first(&e->waiting);

	if (first && first->at <= e->now)
		return (struct task *)((char *)first - offsetof(struct task, due));
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
	t->facts.wait_ms = e->now - t->pulled_ms;
	gate_enter(e->gate, e->now);
	link_in_flight(e, t);
	e->transport.start(e->transport.self, &t->call);
}

/* Lets through the gate what may go; returns when the gate opens next, if somebody waits for it. */
static int64_t
admit(struct engine *e)
{
	e->starved = false;
	while (!e->stopping) {
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

/*
 * The task waits for its next attempt, and everybody for as long as the server
 * says. False when that is too long, which stops the run.
 */
static bool
wait_for_attempt(struct engine *e, struct task *t, unsigned *failures)
{
	int64_t hint = t->answer.facts.hint_ms;

	if (hint > e->config->max_wait_ms) {
		stop(e, ENGINE_WAIT_TOO_LONG, &t->answer);
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
		stop(e, ENGINE_WAIT_TOO_LONG, &t->answer);
		return false;
	}
	return wait_for_attempt(e, t, &t->refusals);
}

static bool
try_again(struct engine *e, struct task *t, unsigned *count, unsigned most)
{
	return !e->stopping && *count < most && wait_for_attempt(e, t, count);
}

static void
stop_refused(struct engine *e, struct task *t, enum class class)
{
	if (!e->report.succeeded)
		stop(e, ENGINE_REFUSED, &t->answer);
	else if (class == CLASS_AUTH)
		stop(e, ENGINE_KEY_LOST, &t->answer);
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
	case ACTION_STOP: stop(e, ENGINE_QUOTA, &t->answer); return false;
	case ACTION_REFUSED: stop_refused(e, t, v.class); return false;
	}
	return false;
}

static void
on_reply(struct engine *e, struct task *t)
{
	struct verdict v;

	unlink_in_flight(e, t);
	gate_leave(e->gate);
	e->config->api->read(&t->request, &t->reply, &t->answer);
	v = verdict_of(&t->answer.facts);
	t->facts.attempts += t->reply.sent;
	t->facts.first_ms = t->reply.first_ms;
	t->facts.total_ms = t->reply.total_ms;
	t->facts.maybe_billed |= v.maybe_billed && t->reply.sent;
	if (v.action != ACTION_WAIT)
		e->refused_since = CLOCK_NEVER;
	if (!goes_on(e, t, v))
		settle(e, t, v.class);
}

static void
collect(struct engine *e)
{
	struct call *call;

	while ((call = e->transport.done(e->transport.self)))
		on_reply(e, call->owner);
}

static void
cancel_all(struct engine *e)
{
	while (e->in_flight) {
		e->transport.cancel(e->transport.self, &e->in_flight->call);
		collect(e);
	}
}

/* After a stop: those that wait come out with the failure they had, those never sent do not. */
static void
settle_waiting(struct engine *e)
{
	struct heap_node *first;

	while ((first = heap_first(&e->waiting))) {
		struct task *t = (struct task *)((char *)first - offsetof(struct task, due));

		heap_remove(&e->waiting, first);
		settle(e, t, verdict_of(&t->answer.facts).class);
	}
	if (e->ready) {
		e->report.unattempted++;
		give_task(e, e->ready);
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
	int status = e->port->flush(e->port->context);

	e->backlog = status == 0;
	if (status < 0) {
		stop(e, ENGINE_OUTPUT_GONE, NULL);
		e->report.end = ENGINE_OUTPUT_GONE;
		e->drain_until = e->now; /* answers that nobody reads cost money */
	}
}

static void
on_interrupt(struct engine *e)
{
	if (e->port->interrupts(e->port->context) > 1)
		e->drain_until = e->now;
	if (e->report.end == ENGINE_COMPLETE)
		stop(e, ENGINE_INTERRUPTED, NULL);
}

static int64_t
deadline_of(const struct engine *e, int64_t gate_opens)
{
	struct heap_node *first = heap_first(&e->waiting);
	int64_t deadline = gate_opens;

	/* a wait that is over while the gate is shut is the gate's to end */
	if (!e->stopping && first && first->at > e->now && first->at < deadline)
		deadline = first->at;
	if (e->stopping && e->drain_until < deadline)
		deadline = e->drain_until;
	return deadline;
}

static void
wait_for_events(struct engine *e, int64_t deadline)
{
	const struct engine_port *p = e->port;
	bool wants_input = e->starved && !e->ended && !e->stopping;
	int output = e->backlog ? p->output_fd(p->context) : -1;
	struct watch watches[] = {{wants_input ? p->input_fd(p->context) : -1, false, false},
	    {output, true, false}, {p->signal_fd, false, false}};

	if (e->backlog && output < 0 && e->now + LOCK_RETRY_MS < deadline)
		deadline = e->now + LOCK_RETRY_MS;
	e->transport.wait(e->transport.self, watches, 3, deadline);
	e->now = e->transport.now(e->transport.self);
	if (watches[0].ready)
		p->fill(p->context);
	if (watches[2].ready)
		on_interrupt(e);
}

static bool
is_finished(const struct engine *e)
{
	bool idle = !e->in_flight && !e->waiting.count && !e->ready;

	if (e->report.end == ENGINE_OUTPUT_GONE)
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
	free_tasks(&e);
	heap_free(&e.waiting);
	return e.report;
}
