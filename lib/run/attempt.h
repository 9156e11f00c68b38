// SPDX-License-Identifier: MIT
/*
 * What becomes of an attempt: the record is settled, waits for another one, or
 * the whole run stops. Here the verdicts of limit/ turn into deeds.
 * For engine.c and admit.c alone.
 * May call: base, limit, record, api, net/transport.
 */
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include "run/engine_state.h"

/* A reply has come: judge it, and do what follows. */
void attempt_ended(struct engine *e, struct task *t);

/* May the record have another attempt at this time? */
bool attempt_is_in_time(const struct engine *e, const struct task *t, int64_t when);

/* It waits in this heap for an attempt that it will not have: settled with its last failure. */
void attempt_give_up(struct engine *e, struct heap *from, struct task *t);

/* All that wait there; those that were never sent are counted, and come out with nothing. */
void attempt_give_up_all(struct engine *e, struct heap *from);

#endif
