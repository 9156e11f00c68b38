// SPDX-License-Identifier: MIT
/*
 * What a run may spend, in calls and in tokens: reserved before a call is sent,
 * corrected by what the answer says that it took.
 *
 * A call reserves its input and the 99th percentile of the output of the
 * answers so far; before there are enough of them, the most that it may have.
 * So the bound on calls is exact; that on tokens is exceeded by no more than
 * what the calls in flight at the end take beyond their reservations.
 * Pure. May call: limit/histogram.
 */
#ifndef LIMIT_BUDGET_H
#define LIMIT_BUDGET_H

#include <stdbool.h>

#include "limit/histogram.h"

struct budget {
	int64_t most_calls, most_tokens; /* INT64_MAX: no bound */
	int64_t calls, tokens;           /* spent or reserved */
	struct histogram output;         /* tokens of an answer */
};

bool budget_has_learned(const struct budget *b);

/* Tokens to reserve for a call: its input, and until enough is learned `most` for its output. */
int64_t budget_estimate(const struct budget *b, int64_t input, int64_t most);

bool budget_reserve(struct budget *b, int64_t tokens); /* false: there is not so much left */

/* The call has ended: it went out `sent` times, and took `spent` of the `reserved` tokens. */
void budget_correct(struct budget *b, int64_t reserved, int sent, int64_t spent);

#endif
