// SPDX-License-Identifier: MIT
/*
 * What a run did, in numbers: what each result adds, whether it has just been
 * settled or is read back from a line; and the line that says it.
 * May call: base, text, limit/histogram, limit/verdict, record/outcome, record/result.
 */
#ifndef RECORD_SUMMARY_H
#define RECORD_SUMMARY_H

#include "limit/histogram.h"
#include "record/outcome.h"
#include "record/result.h"

struct summary {
	uint64_t records;
	uint64_t by_class[CLASS_COUNT];
	uint64_t unnamed; /* failures without a class, as in the two objects of the seed */
	uint64_t reused;  /* answers of an earlier run */
	uint64_t attempts;
	uint64_t retried; /* records that took more than one attempt */
	struct usage usage;
	struct histogram total_ms; /* of the attempts that succeeded */
	struct histogram wait_ms;
};

void summary_add(struct summary *s, const struct call_facts *call);
void summary_add_outcome(struct summary *s, const struct outcome *o);

/*
 * Appends "Success: 58/60, 2 failed (1 blocked, 1 rate), ..." without a newline;
 * elapsed_ms below 0: not known.
 */
void summary_line(const struct summary *s, int64_t elapsed_ms, struct buf *out);

#endif
