// SPDX-License-Identifier: MIT
/* The table and the JSON object are two walks over one summary. */
#include "record/report.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "text/json_string.h"

static const struct {
	const char *name;
	double q;
} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"max", 1}};

#define QUANTILES (sizeof quantiles / sizeof *quantiles)

/* As run/events.h has them. */
static const char *const events[REPORT_EVENTS] = {"sent", "retry", "limit", "pause", "done", "end"};

/* Milliseconds since 1970 of an RFC 3339 time as base/clock writes it; -1: it is none. */
static int64_t
unix_ms(const char *at)
{
	struct tm tm = {0};
	const char *rest = strptime(at, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!rest || *rest != '.' || strspn(rest + 1, "0123456789") != 3 || strcmp(rest + 4, "Z"))
		return -1;
	return timegm(&tm) * INT64_C(1000) + (rest[1] - '0') * 100 + (rest[2] - '0') * 10 +
	       (rest[3] - '0');
}

static int64_t
span_ms(const struct report *r)
{
	return r->first[0] ? unix_ms(r->last) - unix_ms(r->first) : 0;
}

/* Times of one length in UTC: their order is that of their bytes. */
static void
add_time(struct report *r, const struct json_value *at)
{
	struct slice text = json_inside(at);
	char time[CLOCK_UTC_BYTES] = "";

	if (text.n != sizeof time - 1)
		return;
	memcpy(time, text.p, text.n);
	if (unix_ms(time) < 0)
		return;
	if (!r->first[0] || strcmp(time, r->first) < 0)
		memcpy(r->first, time, sizeof time);
	if (strcmp(time, r->last) > 0)
		memcpy(r->last, time, sizeof time);
}

/* REPORT_EVENTS: it is none. */
static size_t
event_of(const struct outcome *o)
{
	struct json_value t = json_get(&o->whole, "t"), event = json_get(&o->whole, "event");
	size_t i = t.kind == JSON_NUMBER ? 0 : REPORT_EVENTS;

	while (i < REPORT_EVENTS && !slice_equal(json_inside(&event), slice_of(events[i])))
		i++;
	return i;
}

void
report_add(struct report *r, const struct outcome *o)
{
	struct json_value at = json_get(&o->call, "at");

	if (o->success.kind == JSON_NONE) {
		size_t event = event_of(o);

		if (event < REPORT_EVENTS)
			r->events[event]++;
		else
			r->requests++;
		return;
	}
	summary_add_outcome(&r->summary, o);
	add_time(r, &at);
}

static uint64_t
all_events(const struct report *r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < REPORT_EVENTS; i++)
		sum += r->events[i];
	return sum;
}

bool
report_is_empty(const struct report *r)
{
	return !r->summary.records && !r->requests && !all_events(r);
}

static void
events_line(const struct report *r, struct buf *out)
{
	buf_printf(out, "\nevents        %9" PRIu64, all_events(r));
	for (size_t i = 0; i < REPORT_EVENTS; i++) {
		if (r->events[i])
			buf_printf(out, "  %" PRIu64 " %s", r->events[i], events[i]);
	}
}

static void
count_line(const struct summary *s, const char *name, uint64_t count, struct buf *out)
{
	buf_printf(out, "\n  %-11s %9" PRIu64 "  %5.1f %%", name, count,
	    100 * (double)count / (double)s->records);
}

static void
latency_line(const char *name, const struct histogram *h, struct buf *out)
{
	buf_printf(out, "\n  %-11s", name);
	for (size_t i = 0; i < QUANTILES; i++)
		buf_printf(out, " %9" PRId64, histogram_quantile(h, quantiles[i].q));
}

static void
latency_table(const struct summary *s, struct buf *out)
{
	buf_str(out, "\nms of successes");
	for (size_t i = 0; i < QUANTILES; i++)
		buf_printf(out, i ? " %9s" : "%8s", quantiles[i].name);
	latency_line("wait", &s->wait_ms, out);
	latency_line("total", &s->total_ms, out);
}

void
report_text(const struct report *r, struct buf *out)
{
	const struct summary *s = &r->summary;

	buf_printf(out, "results       %9" PRIu64, s->records);
	for (int i = 0; i < CLASS_COUNT; i++) {
		if (s->by_class[i])
			count_line(s, class_name((enum call_class)i), s->by_class[i], out);
	}
	if (s->unnamed)
		count_line(s, "(no class)", s->unnamed, out);
	if (r->requests)
		buf_printf(out, "\nnot called    %9" PRIu64, r->requests);
	if (all_events(r))
		events_line(r, out);
	if (s->attempts)
		buf_printf(out, "\nattempts      %9" PRIu64 "  %" PRIu64 " retried", s->attempts,
		    s->retried);
	if (s->usage.in || s->usage.out)
		buf_printf(out,
		    "\ntokens        %9" PRId64 " in  %" PRId64 " cached  %" PRId64 " out  %" PRId64
		    " thought",
		    s->usage.in, s->usage.cached, s->usage.out, s->usage.think);
	if (s->total_ms.count)
		latency_table(s, out);
	if (r->first[0])
		buf_printf(out, "\nsettled       %s to %s, %.1f s", r->first, r->last,
		    (double)span_ms(r) / 1000);
}

static void
open_object(struct buf *out, const char *name)
{
	json_name(out, name);
	buf_char(out, '{');
}

static void
json_latency(struct buf *out, const char *name, const struct histogram *h)
{
	open_object(out, name);
	for (size_t i = 0; i < QUANTILES; i++)
		json_number(out, quantiles[i].name, histogram_quantile(h, quantiles[i].q));
	buf_char(out, '}');
}

static void
json_failures(struct buf *out, const struct summary *s)
{
	open_object(out, "failed");
	for (int i = CLASS_OK + 1; i < CLASS_COUNT; i++) {
		if (s->by_class[i])
			json_number(out, class_name((enum call_class)i), (int64_t)s->by_class[i]);
	}
	if (s->unnamed)
		json_number(out, "none", (int64_t)s->unnamed);
	buf_char(out, '}');
}

static void
json_events(const struct report *r, struct buf *out)
{
	open_object(out, "events");
	for (size_t i = 0; i < REPORT_EVENTS; i++)
		json_number(out, events[i], (int64_t)r->events[i]);
	buf_char(out, '}');
}

void
report_json(const struct report *r, struct buf *out)
{
	const struct summary *s = &r->summary;

	buf_char(out, '{');
	json_number(out, "results", (int64_t)s->records);
	json_number(out, "ok", (int64_t)s->by_class[CLASS_OK]);
	json_failures(out, s);
	json_number(out, "not_called", (int64_t)r->requests);
	if (all_events(r))
		json_events(r, out);
	json_number(out, "attempts", (int64_t)s->attempts);
	json_number(out, "retried", (int64_t)s->retried);
	result_usage(out, "tokens", &s->usage);
	if (s->total_ms.count) {
		open_object(out, "ms");
		json_latency(out, "wait", &s->wait_ms);
		json_latency(out, "total", &s->total_ms);
		buf_char(out, '}');
	}
	if (r->first[0]) {
		json_field(out, "first", slice_of(r->first));
		json_field(out, "last", slice_of(r->last));
		json_number(out, "span_ms", span_ms(r));
	}
	buf_char(out, '}');
}
