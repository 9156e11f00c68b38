// SPDX-License-Identifier: MIT
/* Additions, and one line of words. */
#include "record/summary.h"

#include <inttypes.h>
#include <limits.h>

void
summary_add(struct summary *s, const struct call_facts *call)
{
	s->records++;
	s->by_class[call->class]++;
	s->reused += call->stored.p != NULL;
	s->attempts += (uint64_t)call->attempts;
	s->retried += call->attempts > 1;
	usage_add(&s->usage, &call->usage);
	if (call->class == CLASS_OK && call->attempts) {
		histogram_add(&s->total_ms, call->total_ms);
		histogram_add(&s->wait_ms, call->wait_ms);
	}
}

static int64_t
number(const struct json_value *object, const char *name)
{
	struct json_value v = json_get(object, name);
	int64_t n = json_int(&v, 0);

	return n < 0 ? 0 : n;
}

void
summary_add_outcome(struct summary *s, const struct outcome *o)
{
	struct json_value tokens = json_get(&o->call, "usage"), ms = json_get(&o->call, "ms");
	struct json_value class = json_get(&o->call, "class");
	struct slice name = json_inside(&class);
	int64_t attempts = number(&o->call, "attempts");
	struct call_facts call = {.class = outcome_class(o),
	    .attempts = attempts < INT_MAX ? (int)attempts : INT_MAX,
	    .wait_ms = number(&ms, "wait"),
	    .total_ms = number(&ms, "total"),
	    .usage = {number(&tokens, "in"), number(&tokens, "out"), number(&tokens, "think"),
		number(&tokens, "cached")}};

	if (outcome_failed(o) && !slice_is(name, class_name(call.class))) {
		s->records++;
		s->unnamed++;
		return;
	}
	summary_add(s, &call);
}

static void
failures(const struct summary *s, struct buf *out)
{
	const char *separator = " (";

	if (s->records == s->by_class[CLASS_OK])
		return;
	buf_printf(out, ", %" PRIu64 " failed", s->records - s->by_class[CLASS_OK]);
	for (int c = CLASS_OK + 1; c < CLASS_COUNT; c++) {
		if (!s->by_class[c])
			continue;
		buf_printf(out, "%s%" PRIu64 " %s", separator, s->by_class[c],
		    class_name((enum call_class)c));
		separator = ", ";
	}
	if (s->unnamed)
		buf_printf(out, "%s%" PRIu64 " without a class", separator, s->unnamed);
	buf_char(out, ')');
}

static void
duration(struct buf *out, const char *name, int64_t ms)
{
	if (ms < 10000)
		buf_printf(out, ", %s%" PRId64 " ms", name, ms);
	else
		buf_printf(out, ", %s%.1f s", name, (double)ms / 1000);
}

void
summary_line(const struct summary *s, int64_t elapsed_ms, struct buf *out)
{
	buf_printf(out, "Success: %" PRIu64 "/%" PRIu64, s->by_class[CLASS_OK], s->records);
	if (s->reused)
		buf_printf(out, " (%" PRIu64 " reused)", s->reused);
	failures(s, out);
	if (s->retried)
		buf_printf(out, ", %" PRIu64 " retried", s->retried);
	if (s->usage.in)
		buf_printf(
		    out, ", tokens %" PRId64 " in %" PRId64 " out", s->usage.in, s->usage.out);
	if (s->usage.think)
		buf_printf(out, " %" PRId64 " thought", s->usage.think);
	if (s->total_ms.count) {
		duration(out, "p50 ", histogram_quantile(&s->total_ms, 0.5));
		duration(out, "p95 ", histogram_quantile(&s->total_ms, 0.95));
	}
	if (elapsed_ms >= 0)
		duration(out, "in all ", elapsed_ms);
}
