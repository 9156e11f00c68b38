// SPDX-License-Identifier: MIT
/* Counters, and a table of prompts. */
#include "sim/stats.h"

#include "base/hash.h"
#include "text/json_string.h"
#include "text/utf8.h"

/* Enough to tell prompts apart in a test, short enough to read. */
#define PROMPT_CHARACTERS 64

/* A run of a million prompts must not make a million rows. */
#define PROMPTS_MAX 10000

void
sim_stats_init(struct sim_stats *s)
{
	*s = (struct sim_stats){.prompts.max = PROMPTS_MAX};
}

void
sim_stats_free(struct sim_stats *s)
{
	sim_tally_free(&s->prompts);
}

void
sim_stats_enter(struct sim_stats *s, bool gzip)
{
	s->requests++;
	s->gzip += gzip;
	s->in_flight++;
	if (s->in_flight > s->peak)
		s->peak = s->in_flight;
}

void
sim_stats_leave(struct sim_stats *s, int status)
{
	s->in_flight--;
	switch (status) {
	case 0: s->cancelled++; return;
	case 200: s->ok++; return;
	case 429: s->refused++; return;
	case 503: s->overloaded++; return;
	default: s->errors++; return;
	}
}

void
sim_stats_prompt(struct sim_stats *s, struct slice prompt)
{
	const char *end = prompt.p + prompt.n;
	struct slice label = {prompt.p, 0};

	for (int i = 0; i < PROMPT_CHARACTERS && label.p + label.n < end; i++)
		label.n += utf8_length(label.p + label.n, end);
	sim_tally_add(&s->prompts, hash64(label, 0), label);
}

void
sim_stats_print(const struct sim_stats *s, struct buf *out)
{
	buf_char(out, '{');
	json_number(out, "requests", s->requests);
	json_number(out, "in_flight", s->in_flight);
	json_number(out, "peak", s->peak);
	json_number(out, "gzip", s->gzip);
	json_number(out, "ok", s->ok);
	json_number(out, "refused", s->refused);
	json_number(out, "overloaded", s->overloaded);
	json_number(out, "errors", s->errors);
	json_number(out, "cancelled", s->cancelled);
	json_name(out, "attempts");
	buf_char(out, '{');
	for (size_t i = 0; i < s->prompts.count; i++) {
		const struct sim_tally_row *row = &s->prompts.rows[i];

		json_name(out, row->label); /* valid UTF-8: it comes from an accepted body */
		buf_u64(out, row->seen);
	}
	buf_str(out, "}}");
}
