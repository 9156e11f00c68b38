// SPDX-License-Identifier: MIT
#include "run/meter.h"

#include <inttypes.h>

void
meter_add(struct meter *m, const struct answer *answer, const struct call_facts *call)
{
	m->records++;
	m->by_class[call->class]++;
	m->attempts += (uint64_t)call->attempts;
	m->retried += call->attempts > 1;
	m->usage.in += answer->usage.in;
	m->usage.out += answer->usage.out;
	m->usage.think += answer->usage.think;
	m->usage.cached += answer->usage.cached;
	if (call->class == CLASS_OK)
		histogram_add(&m->total_ms, call->total_ms);
}

static void
failures(const struct meter *m, struct buf *out)
{
	const char *separator = " (";

	if (m->records == m->by_class[CLASS_OK])
		return;
	buf_printf(out, ", %" PRIu64 " failed", m->records - m->by_class[CLASS_OK]);
	for (int class = CLASS_OK + 1; class < CLASS_COUNT; class ++) {
		if (!m->by_class[class])
			continue;
		buf_printf(
		    out, "%s%" PRIu64 " %s", separator, m->by_class[class], class_name(class));
		separator = ", ";
	}
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
meter_line(const struct meter *m, int64_t elapsed_ms, struct buf *out)
{
	buf_printf(out, "Success: %" PRIu64 "/%" PRIu64, m->by_class[CLASS_OK], m->records);
	failures(m, out);
	if (m->retried)
		buf_printf(out, ", %" PRIu64 " retried", m->retried);
	if (m->usage.in)
		buf_printf(
		    out, ", tokens %" PRId64 " in %" PRId64 " out", m->usage.in, m->usage.out);
	if (m->usage.think)
		buf_printf(out, " %" PRId64 " thought", m->usage.think);
	if (m->by_class[CLASS_OK]) {
		duration(out, "p50 ", histogram_quantile(&m->total_ms, 0.5));
		duration(out, "p95 ", histogram_quantile(&m->total_ms, 0.95));
	}
	duration(out, "in all ", elapsed_ms);
}
