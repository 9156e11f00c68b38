// SPDX-License-Identifier: MIT
/* Token buckets by key and model. */
#include "sim/quota.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

#define MINUTE_MS 60e3
#define DAY_MS (24 * 3600 * 1000)

/* Beyond that many keys and models the last account is shared: a simulator is not a store. */
#define ACCOUNTS_MAX 4096

/* Sums of doubles: a bucket that lacks less than this is full enough. */
#define SLACK 1e-6

struct sim_account {
	uint64_t id;     /* of key and model */
	double requests; /* in the bucket, at `at` */
	double tokens;
	int64_t at;
	int64_t day_start;
	int64_t day_requests;
};

void
sim_quota_free(struct sim_quota *q)
{
	free(q->accounts);
	*q = (struct sim_quota){0};
}

static double
request_depth(const struct sim_quota *q)
{
	return (double)(q->burst ? q->burst : q->rpm);
}

static struct sim_account *
account_of(struct sim_quota *q, uint64_t id, int64_t now)
{
	for (size_t i = 0; i < q->count; i++) {
		if (q->accounts[i].id == id)
			return &q->accounts[i];
	}
	if (q->count == ACCOUNTS_MAX)
		return &q->accounts[q->count - 1];
	q->accounts = mem_resize(q->accounts, q->count + 1, sizeof *q->accounts);
	q->accounts[q->count] = (struct sim_account){
	    .id = id,
	    .requests = request_depth(q),
	    .tokens = (double)q->tpm,
	    .at = now,
	    .day_start = now,
	};
	return &q->accounts[q->count++];
}

static void
refill(const struct sim_quota *q, struct sim_account *a, int64_t now)
{
	double minutes = (double)(now - a->at) / MINUTE_MS;

	a->requests = fmin(request_depth(q), a->requests + minutes * (double)q->rpm);
	a->tokens = fmin((double)q->tpm, a->tokens + minutes * (double)q->tpm);
	a->at = now;
	if (now - a->day_start >= DAY_MS) {
		a->day_start = now;
		a->day_requests = 0;
	}
}

static void
refuse(struct sim_refusal *r, const char *metric, const char *id, int64_t limit, double delay_ms)
{
	int64_t delay = (int64_t)ceil(delay_ms);

	r->violations[r->count++] = (struct sim_violation){metric, id, limit};
	if (delay > r->delay_ms)
		r->delay_ms = delay;
}

bool
sim_quota_take(struct sim_quota *q, struct slice key, const char *model, bool embeds,
    int64_t tokens, int64_t now, struct sim_refusal *r)
{
	struct sim_account *a = account_of(q, hash64(key, hash64(slice_of(model), 0)), now);
	const char *requests = embeds ? SIM_EMBEDS : SIM_REQUESTS;
	const char *per_minute = embeds ? SIM_EMBEDS_PER_MINUTE : SIM_PER_MINUTE;
	double lack;

	*r = (struct sim_refusal){.delay_ms = -1};
	refill(q, a, now);
	if (q->rpd && a->day_requests >= q->rpd)
		refuse(r, requests, SIM_PER_DAY, q->rpd, (double)(a->day_start + DAY_MS - now));
	lack = 1 - a->requests;
	if (q->rpm && lack > SLACK)
		refuse(r, requests, per_minute, q->rpm, lack * MINUTE_MS / (double)q->rpm);
	lack = (double)tokens - a->tokens;
	if (q->tpm && lack > SLACK)
		refuse(r, SIM_TOKENS, SIM_TOKENS_PER_MINUTE, q->tpm,
		    lack * MINUTE_MS / (double)q->tpm);
	if (r->count)
		return false;
	a->requests -= 1;
	a->tokens -= (double)tokens;
	a->day_requests++;
	return true;
}
