// SPDX-License-Identifier: MIT
/*
 * How long a record waits before its next attempt.
 *
 * Full jitter (M. Brooker, "Exponential Backoff and Jitter", 2015): uniform in
 * [0, min(60 s, 1 s * 2^n)) for the n-th failure, n from 0. When the server
 * says how long, that is the floor, and up to a tenth more keeps all those who
 * were told the same from coming back at once.
 *
 * Beside it a budget for the whole run, as in Finagle's RetryBudget: what is
 * tried again after a failure must not become the load that makes calls fail.
 * One that is answered has done no harm, and is given back: so a server that is
 * well again gets all that has waited for it as fast as it answers.
 * It delays, and fails nothing.
 * May call: base/rng.
 */
#ifndef LIMIT_BACKOFF_H
#define LIMIT_BACKOFF_H

#include <stdint.h>

#include "base/rng.h"

/* Milliseconds; hint_ms <= 0: the server did not say. */
int64_t backoff_ms(unsigned failures, int64_t hint_ms, struct rng *random);

/*
 * How long the next retry has to wait, when so many have been started and not been answered: at
 * most one for two answers and one for each second that the run lasts, and some to begin with.
 */
int64_t backoff_budget_ms(uint64_t retries, uint64_t answers, int64_t elapsed_ms);

#endif
