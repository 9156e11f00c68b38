// SPDX-License-Identifier: MIT
/*
 * Error bodies, as the service words them: one table row per error.
 *
 * Each function makes *answer an error, and returns false for a check to return; the body is
 * compact JSON until it is dressed, or a whole page of HTML where the front end speaks.
 * May call: base/buf, sim/answer, text/json_string.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "sim/answer.h"

bool sim_fault_status(struct sim_answer *a, int status);     /* the usual error with that status */
bool sim_fault_name(struct sim_answer *a, const char *name); /* 400 when no error has it */
/* One with a message of its own; the status has a row. */
bool sim_fault_text(struct sim_answer *a, int status, const char *message, ...)
    __attribute__((format(printf, 3, 4)));
/* 400: a name that no message has at `where` ("generation_config", or empty: the top). */
bool sim_fault_unknown_field(struct sim_answer *a, struct slice where, struct slice name);

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

bool sim_fault_quota(struct sim_answer *a, const struct sim_refusal *refusal, const char *model);
/* As the directive #sim:quota names them; NULL: none of that name. */
const struct sim_refusal *sim_refusal_named(const char *name);

#endif
