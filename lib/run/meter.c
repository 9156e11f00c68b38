// SPDX-License-Identifier: MIT
/* Events first, then the line, and what the limits have come to. */
#include "run/meter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "stream/file.h"
#include "text/json_string.h"

/* Events that may wait for a slow reader; what comes then is lost, and counted. */
#define BACKLOG_BYTES ((size_t)1 << 20)

/* How each line begins. */
#define EVENT "{\"event\":"

/* Over how long the rate is a mean; how long without a success until somebody is told why. */
#define RATE_MS 10000.
#define SILENCE_MS 20000

/* A learned rate moves all the time: it is told when it has moved by so much. */
#define RATE_STEP .05

int
meter_open(struct meter *m, const char *path, int output, int journal, struct buf *reason)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		buf_str(reason, strerror(errno));
	else if (m->input && input_reads(m->input, fd))
		buf_str(reason, "it is read as input too");
	else if (file_mixes(fd, output) || file_mixes(fd, journal))
		buf_str(reason, "results are written to it too");
	else if (file_holds_other(path, EVENT))
		buf_str(reason, "it holds something, and no events: not touched");
	else if (ftruncate(fd, 0) && errno != EINVAL) /* EINVAL: no regular file */
		buf_str(reason, strerror(errno));
	else {
		writer_init(&m->events, fd);
		m->telling = true;
	}
	return m->telling ? 0 : -1;
}

int
meter_close(struct meter *m, bool abandon)
{
	if (!m->telling)
		return 0;
	if (abandon && writer_try(&m->events) == 0)
		writer_abandon(&m->events);
	return writer_close(&m->events);
}

static double
seconds(const struct meter *m, int64_t at)
{
	return (double)(at - m->start) / 1000;
}

/* Begins an event; NULL: nobody wants it, or it is lost. */
static struct buf *
begin(struct meter *m, const char *event)
{
	if (!m->telling)
		return NULL;
	if (writer_pending(&m->events) > BACKLOG_BYTES) {
		m->lost_events++;
		return NULL;
	}
	buf_printf(&m->events.bytes, EVENT "\"%s\",\"t\":%.3f", event, seconds(m, m->now));
	return &m->events.bytes;
}

static struct buf *
begin_record(struct meter *m, const char *event, const struct task *t)
{
	struct buf *out = begin(m, event);

	if (!out)
		return NULL;
	buf_printf(out, ",\"seq\":%" PRIu64, t->record.seq);
	if (t->record.id.kind != JSON_NONE) {
		json_name(out, "id");
		buf_slice(out, json_raw(&t->record.id));
	}
	return out;
}

static struct buf *
begin_model(struct meter *m, const char *event, const struct task *t, const char *why)
{
	struct buf *out = begin(m, event);

	if (!out)
		return NULL;
	json_field(out, "model", buf_view(&t->request.model));
	json_field(out, "why", slice_of(why));
	return out;
}

static void
end(struct meter *m, struct buf *out)
{
	buf_char(out, '}');
	writer_end_record(&m->events);
}

void
meter_sent(struct meter *m, const struct task *t)
{
	struct buf *out = begin_record(m, "sent", t);

	if (t->gate->told.limit <= 0)
		t->gate->told = gates_view(t->gate);
	if (!out)
		return;
	json_field(out, "model", buf_view(&t->request.model));
	buf_printf(
	    out, ",\"attempt\":%d,\"in_flight\":%zu", t->facts.attempts + 1, m->gates->in_flight);
	end(m, out);
}

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
meter_waits(struct meter *m, const struct task *t, enum call_class class)
{
	struct buf *out = begin_record(m, "retry", t);

	tell_silence(m, t, class);
	if (!out)
		return;
	buf_printf(out, ",\"class\":\"%s\",\"status\":%d,\"wait\":%.3f", class_name(class),
	    t->answer.facts.status, t->due.at > m->now ? (double)(t->due.at - m->now) / 1000 : 0);
	end(m, out);
}

void
meter_done(struct meter *m, const struct task *t)
{
	struct buf *out = begin_record(m, "done", t);

	m->done++;
	m->failed += t->facts.class != CLASS_OK;
	if (!out)
		return;
	buf_printf(out, ",\"class\":\"%s\",\"attempts\":%d", class_name(t->facts.class),
	    t->facts.attempts);
	end(m, out);
}

static void
number_or_null(struct buf *out, const char *name, double value)
{
	json_name(out, name);
	if (isfinite(value))
		buf_printf(out, "%.4g", value);
	else
		buf_str(out, "null");
}

static void
tell_limit(
    struct meter *m, const struct task *t, const char *why, const char *unit, double was, double is)
{
	struct buf *out = begin_model(m, "limit", t, why);

	if (!out)
		return;
	json_field(out, "unit", slice_of(unit));
	number_or_null(out, "old", was);
	number_or_null(out, "new", is);
	end(m, out);
}

static bool
has_moved(double was, double is)
{
	return isfinite(was) != isfinite(is) || (isfinite(is) && fabs(is - was) > RATE_STEP * was);
}

static const char *
reason(const struct gate_view *was, const struct gate_view *is, enum load load)
{
	if (is->out)
		return "outage";
	if (was->out)
		return "recovered";
	return load == LOAD_ANSWERED ? "latency" : load == LOAD_RATE ? "refused" : "failed";
}

/* Is it another pause now, or none any more? */
static bool
is_other(int64_t was, int64_t is, int64_t now)
{
	return is != was && (is > now || was > now);
}

static void
tell_changes(struct meter *m, const struct task *t, enum load load)
{
	struct gate_view *was = &t->gate->told;
	struct gate_view is = gates_view(t->gate);
	const char *why = reason(was, &is, load);
	struct buf *out;

	if (is.limit != was->limit)
		tell_limit(m, t, why, "calls", was->limit, is.limit);
	if (has_moved(was->rate, is.rate))
		tell_limit(
		    m, t, is.rate > was->rate ? "quiet" : why, "calls/s", was->rate, is.rate);
	else
		is.rate = was->rate; /* as it was told */
	if (is_other(was->pause, is.pause, m->now) && (out = begin_model(m, "pause", t, why))) {
		buf_printf(
		    out, ",\"until\":%.3f", seconds(m, is.pause > m->now ? is.pause : m->now));
		end(m, out);
	}
	*was = is;
}

void
meter_returned(struct meter *m, const struct task *t, const struct verdict *v)
{
	m->refused += v->class == CLASS_RATE || v->class == CLASS_OVERLOADED;
	if (m->telling)
		tell_changes(m, t, verdict_load(v));
}

void
meter_end(struct meter *m, const char *why, uint64_t unattempted)
{
	struct buf *out = begin(m, "end");

	if (!out)
		return;
	json_field(out, "why", slice_of(why));
	buf_printf(out,
	    ",\"succeeded\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"unattempted\":%" PRIu64,
	    m->done - m->failed, m->failed, unattempted);
	if (m->lost_events)
		buf_printf(out, ",\"lost_events\":%" PRIu64, m->lost_events);
	end(m, out);
}

/* Records a second, lately: at first the mean since the start. */
static void
measure(struct meter *m)
{
	double passed = (double)(m->now - m->shown_ms), all = (double)(m->now - m->start);
	double lately = (double)(m->done - m->shown) * 1000 / passed;

	m->per_second += fmax(passed / all, fmin(1, passed / RATE_MS)) * (lately - m->per_second);
	m->shown = m->done;
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
	if (total > (double)m->done && m->per_second > 0)
		time_left(out, (total - (double)m->done) / m->per_second);
}

void
meter_start(struct meter *m, const struct gates *gates, int64_t now)
{
	m->gates = gates;
	m->start = m->now = m->shown_ms = now;
	m->due = m->show ? now + m->every_ms : CLOCK_NEVER;
}

void
meter_tick(struct meter *m, int64_t now)
{
	struct buf line = {0};

	m->now = now;
	if (m->telling)
		writer_try(&m->events);
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

	if (c->min == c->max || (!bound && !isfinite(rate)))
		return;
	buf_str(out, ", settled at");
	if (bound)
		buf_printf(out, " -j %.0f", limit);
	if (isfinite(rate))
		buf_printf(out, rate < 1000 ? " --rate %.3g%s" : " --rate %.0f%s",
		    rate < 1 ? rate * 60 : rate, rate < 1 ? "/m" : "/s");
}
