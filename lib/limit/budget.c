// SPDX-License-Identifier: MIT
/* Sums, and a quantile. */
#include "limit/budget.h"

/* After so many answers the next hundred are unlikely to be much longer than the longest. */
#define LEARNED 20

bool
budget_has_learned(const struct budget *b)
{
	return b->output.count >= LEARNED;
}

int64_t
budget_estimate(const struct budget *b, int64_t input, int64_t most)
{
	return input + (budget_has_learned(b) ? histogram_quantile(&b->output, .99) : most);
}

bool
budget_reserve(struct budget *b, int64_t tokens)
{
	if (b->calls >= b->most_calls || b->tokens + tokens > b->most_tokens)
		return false;
	b->calls++;
	b->tokens += tokens;
	return true;
}

void
budget_correct(struct budget *b, int64_t reserved, int sent, int64_t spent)
{
	b->calls += sent - 1;
	b->tokens += spent - reserved;
}
