// SPDX-License-Identifier: MIT
/*
 * What gem-stat tells: a summary of results, and when they were settled; as a
 * table for people, and as one JSON object.
 * May call: base, text, limit/histogram, limit/verdict, record/outcome, record/summary.
 */
#ifndef RECORD_REPORT_H
#define RECORD_REPORT_H

#include "base/clock.h"
#include "record/summary.h"

#define REPORT_EVENTS 6 /* kinds of them */

struct report {
	struct summary summary;
	uint64_t requests;              /* records that nobody has called; counted nowhere else */
	uint64_t events[REPORT_EVENTS]; /* lines of --events; likewise */
	char first[CLOCK_UTC_BYTES]; /* call.at of the first and last that were settled; "": none */
	char last[CLOCK_UTC_BYTES];
};

void report_add(struct report *r, const struct outcome *o);

/* Nothing has been counted. */
bool report_is_empty(const struct report *r);

/* Both append whole lines without the last newline. */
void report_text(const struct report *r, struct buf *out);
void report_json(const struct report *r, struct buf *out);

#endif
