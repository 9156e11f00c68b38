// SPDX-License-Identifier: MIT
/* Each event is begun, filled and ended; a reader that falls behind loses some, which is told. */
#include "run/events.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "stream/file.h"
#include "text/json_string.h"

/* Events that may wait for a slow reader; what comes then is lost, and counted. */
#define BACKLOG_BYTES ((size_t)1 << 20)

/* How each line begins. */
#define EVENT "{\"event\":"

/* A learned rate moves all the time: it is told when it has moved by so much. */
#define RATE_STEP .05

int
events_open(struct events *e, const char *path, const struct input *input, int output, int journal,
    struct buf *reason)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		buf_str(reason, strerror(errno));
	else if (input_reads(input, fd))
		buf_str(reason, "it is read as input too");
	else if (file_mixes(fd, output) || file_mixes(fd, journal))
		buf_str(reason, "results are written to it too");
	else if (file_holds_other(path, EVENT))
		buf_str(reason, "it holds something, and no events: not touched");
	else if (ftruncate(fd, 0) && errno != EINVAL) /* EINVAL: no regular file */
		buf_str(reason, strerror(errno));
	else {
		writer_init(&e->writer, fd);
		e->on = true;
	}
	return e->on ? 0 : -1;
}

int
events_close(struct events *e, bool abandon)
{
	if (!e->on)
		return 0;
	if (abandon && writer_try(&e->writer) == 0)
		writer_abandon(&e->writer);
	return writer_close(&e->writer);
}

void
events_tick(struct events *e, int64_t now)
{
	e->now = now;
	if (e->on)
		writer_try(&e->writer);
}

static double
seconds(const struct events *e, int64_t at)
{
	return (double)(at - e->start) / 1000;
}

/* Begins an event; NULL: nobody wants it, or it is lost. */
static struct buf *
begin(struct events *e, const char *event)
{
	if (!e->on)
		return NULL;
	if (writer_pending(&e->writer) > BACKLOG_BYTES) {
		e->lost++;
		return NULL;
	}
	buf_printf(&e->writer.bytes, EVENT "\"%s\",\"t\":%.3f", event, seconds(e, e->now));
	return &e->writer.bytes;
}

static struct buf *
begin_record(struct events *e, const char *event, const struct task *t)
{
	struct buf *out = begin(e, event);

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
begin_model(struct events *e, const char *event, const struct task *t, const char *why)
{
	struct buf *out = begin(e, event);

	if (!out)
		return NULL;
	json_field(out, "model", buf_view(&t->request.model));
	json_field(out, "why", slice_of(why));
	return out;
}

static void
end(struct events *e, struct buf *out)
{
	buf_char(out, '}');
	writer_end_record(&e->writer);
}

void
events_sent(struct events *e, const struct task *t, size_t in_flight)
{
	struct buf *out = begin_record(e, "sent", t);

	if (t->gate->told.limit <= 0)
		t->gate->told = gates_view(t->gate);
	if (!out)
		return;
	json_field(out, "model", buf_view(&t->request.model));
	buf_printf(out, ",\"attempt\":%d,\"in_flight\":%zu", t->facts.attempts + 1, in_flight);
	end(e, out);
}

void
events_retry(struct events *e, const struct task *t, enum call_class class)
{
	struct buf *out = begin_record(e, "retry", t);

	if (!out)
		return;
	buf_printf(out, ",\"class\":\"%s\",\"status\":%d,\"wait\":%.3f", class_name(class),
	    t->answer.facts.status, t->due.at > e->now ? (double)(t->due.at - e->now) / 1000 : 0);
	end(e, out);
}

void
events_done(struct events *e, const struct task *t)
{
	struct buf *out = begin_record(e, "done", t);

	if (!out)
		return;
	buf_printf(out, ",\"class\":\"%s\",\"attempts\":%d", class_name(t->facts.class),
	    t->facts.attempts);
	end(e, out);
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
tell_limit(struct events *e, const struct task *t, const char *why, const char *unit, double was,
    double is)
{
	struct buf *out = begin_model(e, "limit", t, why);

	if (!out)
		return;
	json_field(out, "unit", slice_of(unit));
	number_or_null(out, "old", was);
	number_or_null(out, "new", is);
	end(e, out);
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

void
events_changes(struct events *e, const struct task *t, enum load load)
{
	struct gate_view *was = &t->gate->told;
	struct gate_view is = gates_view(t->gate);
	const char *why = reason(was, &is, load);
	struct buf *out;

	if (!e->on)
		return;
	if (is.limit != was->limit)
		tell_limit(e, t, why, "calls", was->limit, is.limit);
	if (has_moved(was->rate, is.rate))
		tell_limit(
		    e, t, is.rate > was->rate ? "quiet" : why, "calls/s", was->rate, is.rate);
	else
		is.rate = was->rate; /* as it was told */
	if (is_other(was->pause, is.pause, e->now) && (out = begin_model(e, "pause", t, why))) {
		buf_printf(
		    out, ",\"until\":%.3f", seconds(e, is.pause > e->now ? is.pause : e->now));
		end(e, out);
	}
	*was = is;
}

void
events_end(
    struct events *e, const char *why, uint64_t succeeded, uint64_t failed, uint64_t unattempted)
{
	struct buf *out = begin(e, "end");

	if (!out)
		return;
	json_field(out, "why", slice_of(why));
	buf_printf(out,
	    ",\"succeeded\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"unattempted\":%" PRIu64, succeeded,
	    failed, unattempted);
	if (e->lost)
		buf_printf(out, ",\"lost_events\":%" PRIu64, e->lost);
	end(e, out);
	writer_try(&e->writer); /* a signal may end the program before its close */
}
