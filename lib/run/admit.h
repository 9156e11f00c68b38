// SPDX-License-Identifier: MIT
/*
 * From a line to a start: the next record becomes a request, and attempts begin once
 * nothing is against it: the gates, the budgets, the time that a record has.
 * For engine.c alone.
 * May call: base, limit, record, api, net/transport.
 */
#ifndef RUN_ADMIT_H
#define RUN_ADMIT_H

#include "run/engine_state.h"

/* May another record be pulled? */
bool admit_has_room(const struct engine *e);

/*
 * Starts what may start, the oldest record before an open gate first; pulls more as long as
 * some gate has no record before it. Returns when to ask again; CLOCK_NEVER: when a call
 * has ended.
 */
int64_t admit(struct engine *e);

#endif
