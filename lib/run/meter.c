// SPDX-License-Identifier: MIT
/* Events first, then the line, and what the limits have come to. */
#include "run/meter.h"

#include <inttypes.h>
#include <math.h>

#include "base/clock.h"

/* Over how long the rate is a mean; how long without a success until somebody is told why. */
#define RATE_MS 10000.
#define SILENCE_MS 20000

/* Records until the limits have learned something. */
#define LEARNED 30

/* A shorter pause is not shown. */
#define PAUSE_MS 1000

static void
tell_silence(struct meter *m, const struct task *t, enum call_class class)
{
	const struct buf *message = &t->answer.message;

	if (!m->warn || m->warned || m->done > m->failed || m->now - m->start < SILENCE_MS)
		return;
	m->warned = true;
	m->warn("no success in %d s; the last attempt: %s: %.*s; it is tried on", SILENCE_MS / 1000,
	    class_name(class), (int)message->len, message->data);
}

void
meter_sent(struct meter *m, const struct task *t)
{
	events_sent(&m->events, t, m->gates->in_flight);
}

void
meter_returned(struct meter *m, const struct task *t, const struct verdict *v)
{
	m->refused += v->class == CLASS_RATE || v->class == CLASS_OVERLOADED;
	events_changes(&m->events, t, v->load);
}

void
meter_waits(struct meter *m, const struct task *t, enum call_class class)
{
	events_retry(&m->events, t, class);
	tell_silence(m, t, class);
}

void
meter_failed(struct meter *m, const struct task *t)
{
	enum call_class class = t->facts.class;
	struct slice id = json_raw(&t->record.id);

	if (!m->warn || m->told_elsewhere || m->told[class] || t->facts.stored.p ||
	    t->record.problem)
		return;
	m->told[class] = true;
	m->warn("the first failure of class %s: record %" PRIu64 "%s%.*s: %s", class_name(class),
	    t->record.seq + 1, id.n ? " " : "", (int)id.n, id.n ? id.p : "",
	    t->answer.message.data);
}

void
meter_done(struct meter *m, const struct task *t)
{
	m->done++;
	m->called += !t->facts.stored.p && t->facts.attempts;
	m->failed += t->facts.class != CLASS_OK;
	events_done(&m->events, t);
}

void
meter_interrupted(const struct meter *m)
{
	size_t n = m->gates->in_flight;

	if (m->warn && n)
		m->warn("waiting for %zu call%s in flight; a second signal gives up", n,
		    n == 1 ? "" : "s");
}

void
meter_end(struct meter *m, const char *why, uint64_t unattempted)
{
	events_end(&m->events, why, m->done - m->failed, m->failed, unattempted);
}

/* Records that took a call, a second, lately: at first the mean since the start. */
static void
measure(struct meter *m)
{
	double passed = (double)(m->now - m->shown_ms), all = (double)(m->now - m->start);
	double lately = (double)(m->called - m->shown) * 1000 / passed;

	m->per_second += fmax(passed / all, fmin(1, passed / RATE_MS)) * (lately - m->per_second);
	m->shown = m->called;
	m->shown_ms = m->now;
}

static void
time_left(struct buf *out, double s)
{
	if (s < 60)
		buf_printf(out, ", %.0fs left", s);
	else if (s < 3600)
		buf_printf(out, ", %dm%02ds left", (int)s / 60, (int)s % 60);
	else
		buf_printf(out, ", %.0fh%02dm left", floor(s / 3600), (int)fmod(s / 60, 60));
}

/* Why nothing is sent, if that is so. */
static void
standstill(const struct meter *m, struct buf *out)
{
	int64_t pause = gates_pause(m->gates, m->now);

	if (gates_are_out(m->gates))
		buf_str(out, ", the server is away");
	else if (pause >= PAUSE_MS)
		buf_printf(out, ", paused for %" PRId64 " s", (pause + 999) / 1000);
}

static void
compose(struct meter *m, struct buf *out)
{
	double share = m->input ? input_share(m->input) : -1;
	double total = share > 0 ? (double)m->input->records / share : 0;

	buf_u64(out, m->done);
	if (total > 0)
		buf_printf(out, "/%s%.0f", share < 1 ? "~" : "", total);
	buf_str(out, " done");
	if (m->failed)
		buf_printf(out, ", %" PRIu64 " failed", m->failed);
	buf_printf(out, ", %.1f/s, %zu/%.0f in flight", m->per_second, m->gates->in_flight,
	    gates_limit(m->gates));
	if (m->refused)
		buf_printf(out, ", %" PRIu64 " refused", m->refused);
	standstill(m, out);
	if (total > (double)m->done && m->per_second > 0)
		time_left(out, (total - (double)m->done) / m->per_second);
}

void
meter_start(struct meter *m, const struct gates *gates, int64_t now)
{
	m->gates = gates;
	m->start = m->now = m->shown_ms = now;
	m->events.start = m->events.now = now;
	m->due = m->show ? now + m->every_ms : CLOCK_NEVER;
}

void
meter_tick(struct meter *m, int64_t now)
{
	struct buf line = {0};

	m->now = now;
	events_tick(&m->events, now);
	if (now < m->due)
		return;
	measure(m);
	compose(m, &line);
	m->show(line.data);
	m->due = now + m->every_ms;
	buf_free(&line);
}

void
meter_settled(const struct meter *m, struct buf *out)
{
	const struct gates *gates = m->gates;
	const struct gates_config *c = &gates->config;
	double limit = gates_limit(gates), rate = gates_rate(gates);
	bool bound = gates->peak && limit < (double)c->max && limit <= (double)gates->peak &&
		     !gates_are_growing(gates);

	if (m->called < LEARNED || c->min == c->max || (!bound && !isfinite(rate)))
		return;
	buf_str(out, ", settled at");
	if (bound)
		buf_printf(out, " -j %.0f", limit);
	if (isfinite(rate))
		buf_printf(out, rate < 1000 ? " --rate %.3g%s" : " --rate %.0f%s",
		    rate < 1 ? rate * 60 : rate, rate < 1 ? "/m" : "/s");
}
