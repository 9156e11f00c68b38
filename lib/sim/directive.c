// SPDX-License-Identifier: MIT
/* One table: a name, what kind of value it takes, and where it goes. */
#include "sim/directive.h"

#include <stddef.h>
#include <string.h>

#include "base/num.h"

#define MARK "#sim:"

/* How far into a stream a directive can reach. */
#define PIECES_MOST 1000

/* Bytes of an answer's text. */
#define LENGTH_MOST ((int64_t)64 << 20)

enum act {
	SHAPE,    /* value: the shape */
	FINISH,   /* =REASON */
	ENDING,   /* value: the ending; =PIECES */
	MID_BARE, /* =PIECES */
	MID_FRAME,
	STATUS,
	LENGTH,
	SLOW,
	WORD,  /* value: offset of a char[SIM_WORD_BYTES] */
	FAIL,  /* =N[,STATUS] */
	QUOTA, /* =KIND[,DURATION] */
	SPLIT,
	ECHO,
};

#define AT(member) ((int)offsetof(struct sim_plan, member))

static const struct directive {
	const char *name;
	enum act act;
	int value;
	int least; /* the fewest arguments, and the most */
	int most;
} directives[] = {
    /* the content of a 200 */
    {"block", SHAPE, SIM_BLOCK, 0, 0},
    {"safety", SHAPE, SIM_SAFETY, 0, 0},
    {"maxtokens", SHAPE, SIM_MAXTOKENS, 0, 0},
    {"think", SHAPE, SIM_THINK, 0, 0},
    {"budget", SHAPE, SIM_BUDGET, 0, 0},
    {"multipart", SHAPE, SIM_MULTIPART, 0, 0},
    {"empty", SHAPE, SIM_EMPTY, 0, 0},
    {"malformed", SHAPE, SIM_MALFORMED, 0, 0},
    {"nocand", SHAPE, SIM_NOCAND, 0, 0},
    {"nofinish", SHAPE, SIM_NOFINISH, 0, 0},
    {"finish", FINISH, SIM_FINISH, 1, 1},
    {"echo", ECHO, 0, 0, 0},
    {"len", LENGTH, 0, 1, 1},
    /* bodies that are wrong as JSON, or none */
    {"surrogate", SHAPE, SIM_SURROGATE, 0, 0},
    {"badutf8", SHAPE, SIM_BADUTF8, 0, 0},
    {"dupkey", SHAPE, SIM_DUPKEY, 0, 0},
    {"twojson", SHAPE, SIM_TWOJSON, 0, 0},
    {"reorder", SHAPE, SIM_REORDER, 0, 0},
    {"html", SHAPE, SIM_HTML, 0, 0},
    {"redirect", SHAPE, SIM_REDIRECT, 0, 0},
    /* time and transport */
    {"slow", SLOW, 0, 1, 1},
    {"cut", ENDING, SIM_END_CUT, 0, 1},
    {"reset", ENDING, SIM_END_RESET, 0, 1},
    {"stall", ENDING, SIM_END_STALL, 0, 1},
    {"end", ENDING, SIM_END_CLEAN, 1, 1},
    {"split", SPLIT, 0, 0, 0},
    {"bigframe", SHAPE, SIM_BIGFRAME, 0, 0},
    {"midbare", MID_BARE, 0, 1, 1},
    {"midframe", MID_FRAME, 0, 1, 1},
    /* errors */
    {"status", STATUS, 0, 1, 1},
    {"error", WORD, AT(error), 1, 1},
    {"quota", QUOTA, 0, 1, 2},
    {"retryafter", WORD, AT(retry_after), 1, 1},
    {"fail", FAIL, 0, 1, 2},
    {NULL, SHAPE, 0, 0, 0},
};

#define NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define VALUE_BYTES NAME_BYTES ".-"

/* One directive as it stands in the text. */
struct found {
	char name[SIM_WORD_BYTES];
	char args[2][SIM_WORD_BYTES];
	int count; /* of args */
};

/* Takes a word of these bytes off the front of s; 0 or -1 when it is empty or too long. */
static int
take_word(struct slice *s, const char *bytes, char out[SIM_WORD_BYTES])
{
	size_t n = strspn(s->p, bytes); /* there is a NUL after s */

	while (n && s->p[n - 1] == '.') /* the end of the sentence around it */
		n--;
	if (n == 0 || n >= SIM_WORD_BYTES)
		return -1;
	memcpy(out, s->p, n);
	out[n] = '\0';
	s->p += n;
	s->n -= n;
	return 0;
}

static int
take_directive(struct slice *s, struct found *d)
{
	*d = (struct found){0};
	if (take_word(s, NAME_BYTES, d->name))
		return -1;
	while (s->n && s->p[0] == (d->count ? ',' : '=') && d->count < 2) {
		struct slice rest = {s->p + 1, s->n - 1};

		if (take_word(&rest, VALUE_BYTES, d->args[d->count]))
			break; /* a comma of the sentence */
		*s = rest;
		d->count++;
	}
	return 0;
}

static int
quota(struct sim_plan *plan, const struct found *d)
{
	const struct sim_refusal *refusal = sim_refusal_named(d->args[0]);

	if (!refusal)
		return -1;
	plan->quota = true;
	plan->refusal = *refusal;
	return d->count < 2 ? 0 : num_duration_ms(d->args[1], &plan->refusal.delay_ms);
}

static int
error_status(const char *text, int64_t *out)
{
	return num_count(text, out) || *out < 400 || *out > 599 ? -1 : 0;
}

static int
break_at(struct sim_plan *plan, const struct found *d, enum sim_ending ending)
{
	plan->breaks = true;
	plan->ending = ending;
	plan->after = ending == SIM_END_CUT;
	if (d->count && (num_count(d->args[0], &plan->after) || plan->after > PIECES_MOST))
		return -1;
	return 0;
}

static int
apply(struct sim_plan *plan, const struct directive *row, const struct found *d, struct slice rest)
{
	switch (row->act) {
	case SHAPE: plan->shape = (enum sim_shape)row->value; return 0;
	case FINISH:
		plan->shape = SIM_FINISH;
		memcpy(plan->finish, d->args[0], SIM_WORD_BYTES);
		return 0;
	case ENDING: return break_at(plan, d, (enum sim_ending)row->value);
	case MID_BARE: plan->error_bare = true; return break_at(plan, d, SIM_END_CLEAN);
	case MID_FRAME: plan->error_in_frame = true; return break_at(plan, d, SIM_END_CLEAN);
	case STATUS: return error_status(d->args[0], &plan->status);
	case LENGTH:
		return num_count(d->args[0], &plan->length) || !plan->length ||
			       plan->length > LENGTH_MOST
			   ? -1
			   : 0;
	case SLOW: /* milliseconds, unless it has a unit */
		return num_count(d->args[0], &plan->slow_ms)
			   ? num_duration_ms(d->args[0], &plan->slow_ms)
			   : 0;
	case WORD: memcpy((char *)plan + row->value, d->args[0], SIM_WORD_BYTES); return 0;
	case FAIL:
		if (num_count(d->args[0], &plan->fails))
			return -1;
		return d->count < 2 ? 0 : error_status(d->args[1], &plan->status);
	case QUOTA: return quota(plan, d);
	case SPLIT: plan->split = true; return 0;
	case ECHO:
		while (rest.n && (*rest.p == ' ' || *rest.p == '\n'))
			rest = (struct slice){rest.p + 1, rest.n - 1};
		plan->echo = rest;
		return 0;
	}
	return -1;
}

static const struct directive *
row_of(const struct found *d)
{
	const struct directive *row = directives;

	while (row->name && strcmp(row->name, d->name) != 0)
		row++;
	return row->name && d->count >= row->least && d->count <= row->most ? row : NULL;
}

bool
sim_plan_read(struct sim_plan *plan, struct slice text, struct sim_answer *refusal)
{
	const char *end = text.p + text.n, *at;

	while (!plan->echo.p && (at = slice_find(text, MARK))) {
		const struct directive *row;
		struct found d;

		text.p = at + strlen(MARK);
		text.n = (size_t)(end - text.p);
		if (take_directive(&text, &d))
			continue;
		row = row_of(&d);
		if (!row || apply(plan, row, &d, text))
			return sim_fault_text(refusal, 400,
			    "gem-sim knows no directive '#sim:%s' with such a value", d.name);
	}
	return true;
}

void
sim_plan_strip(struct slice text, struct buf *out)
{
	const char *end = text.p + text.n, *at;
	struct found d;

	while ((at = slice_find(text, MARK))) {
		buf_add(out, text.p, (size_t)(at - text.p));
		text.p = at + strlen(MARK);
		text.n = (size_t)(end - text.p);
		if (take_directive(&text, &d))
			buf_str(out, MARK);
	}
	buf_slice(out, text);
}

bool
sim_plan_fails(const struct sim_plan *plan)
{
	return plan->status || plan->error[0] || plan->quota;
}

/* Is there anything that goes wrong, so that fail=N has something to limit? */
static bool
goes_wrong(const struct sim_plan *plan)
{
	return sim_plan_fails(plan) || plan->shape || plan->breaks;
}

void
sim_plan_at(struct sim_plan *plan, uint64_t attempt)
{
	if (plan->fails && attempt > (uint64_t)plan->fails) {
		*plan = (struct sim_plan){.length = plan->length,
		    .echo = plan->echo,
		    .slow_ms = plan->slow_ms,
		    .split = plan->split};
		return;
	}
	if (plan->retry_after[0] && !sim_plan_fails(plan))
		plan->status = 429;
	if (plan->fails && !goes_wrong(plan))
		plan->status = 503;
}
