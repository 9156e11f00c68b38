// SPDX-License-Identifier: MIT
/*
 * Calls a second: even spacing, no burst.
 *
 * The n-th call may start `interval` after the one before it. A caller who
 * wakes up late may catch up by at most PACER_SLACK_MS, so that rates above a
 * thousand a second are kept on a clock of milliseconds; a pause earns nothing.
 * Pure: calls nothing of ours.
 */
#ifndef LIMIT_PACER_H
#define LIMIT_PACER_H

#include <stdint.h>

#define PACER_SLACK_MS 20

struct pacer {
	double interval_ms; /* 0: unlimited */
	double next_ms;     /* when the next call may start */
};

/* per_second 0: no rate; min_gap_ms: the least time between two starts. */
void pacer_init(struct pacer *p, double per_second, int64_t min_gap_ms);
int64_t pacer_when(const struct pacer *p, int64_t now); /* now, or the time when a call may start */
void pacer_take(struct pacer *p, int64_t now);          /* a call starts */

#endif
