// SPDX-License-Identifier: MIT
/* A random wait below a ceiling that doubles; and the sum of the budget. */
#include "limit/backoff.h"

#define BASE_MS 1000
#define CAP_MS 60000
#define CAP_DOUBLINGS 6 /* the first n with BASE_MS * 2^n >= CAP_MS */

/* A few records that fail together are no retry storm. */
#define FREE_RETRIES 20

int64_t
backoff_ms(unsigned failures, int64_t hint_ms, struct rng *random)
{
	int64_t ceiling = failures < CAP_DOUBLINGS ? (int64_t)BASE_MS << failures : CAP_MS;
	int64_t wait = (int64_t)rng_below(random, (uint64_t)ceiling);

	if (hint_ms > 0)
		hint_ms += (int64_t)rng_below(random, (uint64_t)hint_ms / 10 + 1);
	return wait > hint_ms ? wait : hint_ms;
}

int64_t
backoff_budget_ms(uint64_t retries, uint64_t answers, int64_t elapsed_ms)
{
	uint64_t allowed = FREE_RETRIES + answers / 2;
	int64_t at = retries < allowed ? 0 : (int64_t)(retries - allowed + 1) * 1000;

	return at > elapsed_ms ? at - elapsed_ms : 0;
}
