// SPDX-License-Identifier: MIT
/*
 * Quotas: requests a minute, input tokens a minute and requests a day, for
 * each key and model.
 *
 * Those of a minute are token buckets, full at first and refilled evenly; a
 * refused request takes nothing, and its delay is the time until the buckets
 * hold what it needs. The day begins with the first request and refills at
 * its end only.
 * Times are milliseconds, passed in. May call: base/mem, base/hash, sim/fault.
 */
#ifndef SIM_QUOTA_H
#define SIM_QUOTA_H

#include "base/buf.h"
#include "sim/fault.h"

struct sim_quota {
	int64_t rpm; /* 0: no limit, here and below */
	int64_t tpm;
	int64_t rpd;
	int64_t burst; /* requests that a full bucket holds; 0: rpm */
	struct sim_account *accounts;
	size_t count;
};

void sim_quota_free(struct sim_quota *q);

/*
 * Takes a request of so many input tokens from the account of key and model,
 * or returns false with what stood against it in *refusal.
 */
bool sim_quota_take(struct sim_quota *q, struct slice key, const char *model, bool embeds,
    int64_t tokens, int64_t now, struct sim_refusal *refusal);

#endif
