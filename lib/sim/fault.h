// SPDX-License-Identifier: MIT
/*
 * Error bodies, as the service words them: one table row per error.
 *
 * Each function makes *answer an error; the body is compact JSON until it is
 * dressed, or a whole page of HTML where the front end speaks.
 * May call: base/buf, sim/answer, sim/directive, text/json_string.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "sim/answer.h"
#include "sim/directive.h"

void sim_fault_status(struct sim_answer *a, int status);    /* the usual error with that status */
int sim_fault_name(struct sim_answer *a, const char *name); /* -1: no row of that name */
void sim_fault_bad(struct sim_answer *a, const char *message, ...) /* 400 INVALID_ARGUMENT */
    __attribute__((format(printf, 2, 3)));
void sim_fault_missing(struct sim_answer *a, const char *message, ...) /* 404 NOT_FOUND */
    __attribute__((format(printf, 2, 3)));
/* 400: a name that no message has at `where` ("generation_config", or empty: the top). */
void sim_fault_unknown_field(struct sim_answer *a, struct slice where, struct slice name);

#define SIM_VIOLATIONS_MAX 3

/* The service's words for quotas: metrics, and what is limited. */
#define SIM_REQUESTS "generate_content_free_tier_requests"
#define SIM_TOKENS "generate_content_free_tier_input_token_count"
#define SIM_EMBEDS "embed_content_free_tier_requests"
#define SIM_PER_MINUTE "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
#define SIM_PER_DAY "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
#define SIM_TOKENS_PER_MINUTE "GenerateContentInputTokensPerModelPerMinute-FreeTier"
#define SIM_EMBEDS_PER_MINUTE "EmbedContentRequestsPerMinutePerUserPerProjectPerModel-FreeTier"

/* Which quota is exhausted, in these words. */
struct sim_violation {
	const char *metric; /* without its domain */
	const char *id;
	int64_t limit;
};

struct sim_refusal {
	struct sim_violation violations[SIM_VIOLATIONS_MAX];
	size_t count;
	int64_t delay_ms; /* of RetryInfo and the message; negative: neither */
};

void sim_fault_quota(struct sim_answer *a, const struct sim_refusal *refusal, const char *model);
/* The same for a directive; retry_ms as in its plan. */
void sim_fault_quota_kind(
    struct sim_answer *a, enum sim_quota_kind kind, int64_t retry_ms, const char *model);

#endif
