// SPDX-License-Identifier: MIT
/*
 * What a run did, in numbers: counters that every settled record goes through,
 * and the line that is printed at the end.
 * May call: base, limit/histogram, limit/verdict, record/exchange, record/result.
 */
#ifndef RUN_METER_H
#define RUN_METER_H

#include "limit/histogram.h"
#include "record/exchange.h"
#include "record/result.h"

struct meter {
	uint64_t records;
	uint64_t by_class[CLASS_COUNT];
	uint64_t attempts;
	uint64_t retried; /* records that took more than one attempt */
	struct usage usage;
	struct histogram total_ms; /* of the last attempts that were answered */
};

void meter_add(struct meter *m, const struct answer *answer, const struct call_facts *call);

/* Appends "Success: 58/60, 2 failed (1 blocked, 1 rate), …" without a newline. */
void meter_line(const struct meter *m, int64_t elapsed_ms, struct buf *out);

#endif
