// SPDX-License-Identifier: MIT
/*
 * How long a record waits before its next attempt.
 *
 * Full jitter (M. Brooker, "Exponential Backoff and Jitter", 2015): uniform in
 * [0, min(60 s, 1 s * 2^n)) for the n-th failure, n from 0. When the server
 * says how long, that is the floor, and up to a tenth more keeps all those who
 * were told the same from coming back at once.
 *
 * Beside it a retry budget for the whole run, as in Finagle's RetryBudget:
 * retries must not become the load that makes calls fail. A retry that is
 * answered is given back, so a server that has recovered gets all that waited
 * for it as fast as it answers. The budget delays retries, and fails none.
 * May call: base/rng.
 */
#ifndef LIMIT_BACKOFF_H
#define LIMIT_BACKOFF_H

#include <stdint.h>

#include "base/rng.h"

/* Milliseconds; hint_ms <= 0: the server did not say. */
int64_t backoff_ms(unsigned failures, int64_t hint_ms, struct rng *random);

/*
 * How long the next retry has to wait, when so many were started and are not answered: allowed are
 * some to begin with, one for every two answers, and one for each second of the run.
 */
int64_t backoff_budget_ms(uint64_t retries, uint64_t answers, int64_t elapsed_ms);

#endif
