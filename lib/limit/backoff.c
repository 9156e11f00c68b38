// SPDX-License-Identifier: MIT
/* One draw below a ceiling that doubles. */
#include "limit/backoff.h"

#define BASE_MS 1000
#define CAP_MS 60000
#define CAP_DOUBLINGS 6 /* the first n with BASE_MS * 2^n >= CAP_MS */

int64_t
backoff_ms(unsigned failures, int64_t hint_ms, struct rng *random)
{
	int64_t ceiling = CAP_MS;

	if (hint_ms >= 0)
		return hint_ms + (int64_t)rng_below(random, (uint64_t)hint_ms / 10 + 1);
	if (failures < CAP_DOUBLINGS)
		ceiling = (int64_t)BASE_MS << failures;
	return (int64_t)rng_below(random, (uint64_t)ceiling);
}
