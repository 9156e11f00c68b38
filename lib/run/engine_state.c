// SPDX-License-Identifier: MIT
/* A record that is settled may be the failure that stops the run. */
#include "run/engine_state.h"

#include "base/clock.h"

void
engine_settle(struct engine *e, struct task *t, enum call_class class)
{
	uint64_t called;

	t->facts.class = class;
	clock_utc(t->facts.at);
	e->report.succeeded += class == CLASS_OK;
	e->report.failed += class != CLASS_OK && !t->facts.stored.p;
	e->undone |= e->stopping && class_may_pass(class);
	e->report.emitted++;
	e->port->emit(e->port->context, t);
	meter_done(e->port->meter, t);
	if (class != CLASS_OK && !e->stopping)
		meter_failed(e->port->meter, t);
	task_give(&e->tasks, t);
	if (e->report.emitted == e->report.pulled) /* nobody waits */
		e->refused_since = CLOCK_NEVER;
	called = e->report.failed + e->report.succeeded - e->report.reused;
	if (!e->stopping && halt_is_due(&e->config->halt, e->report.failed, called)) {
		engine_stop(e, ENGINE_HALT, NULL);
		if (e->config->halt.now)
			e->drain_until = e->now;
	}
}

void
engine_stop(struct engine *e, enum engine_end end, const struct answer *answer)
{
	if (e->stopping && (end < ENGINE_REFUSED || end <= e->report.end))
		return;
	if (!e->stopping)
		e->drain_until = e->now + e->config->drain_ms;
	e->stopping = true;
	e->report.end = end;
	buf_reset(&e->report.why);
	if (answer)
		buf_slice(&e->report.why, buf_view(&answer->message));
}
