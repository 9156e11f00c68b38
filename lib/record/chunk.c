// SPDX-License-Identifier: MIT
/*
 * A piece is grown to its hard limit, then cut back to the best boundary in its
 * second half, looked for from the end.
 */
#include "record/chunk.h"

#include <assert.h>

#include "text/utf8.h"

/* What stands before a cut, from the worst place to the best. */
enum cut {
	CUT_CHARACTER,
	CUT_SPACE,
	CUT_SENTENCE,
	CUT_LINE,
	CUT_PARAGRAPH,
	CUTS,
};

/* What has to be known of the text before a place to tell what a cut there would be. */
struct walk {
	uint32_t before;    /* the last character */
	size_t flags;       /* regional indicators right before the place */
	bool blank_line;    /* nothing but blanks since the line began */
	bool sentence_ends; /* a full stop, and closing quotes at most, since */
	bool wide;          /* it was a full stop that needs no space behind it */
};

static bool
is_flag_half(uint32_t code)
{
	return code >= 0x1f1e6 && code <= 0x1f1ff;
}

static bool
is_space(uint32_t code)
{
	return code == ' ' || code == '\t' || code == '\r' || code == 0x3000;
}

static bool
is_wide_stop(uint32_t code) /* of Chinese and Japanese */
{
	return code == 0x3002 || code == 0xff01 || code == 0xff1f || code == 0xff0e ||
	       code == 0xff61;
}

static bool
is_stop(uint32_t code) /* also of Arabic and Urdu, Armenian, Devanagari */
{
	return code == '.' || code == '!' || code == '?' || code == 0x2026 || code == 0x061f ||
	       code == 0x06d4 || code == 0x0589 || code == 0x0964 || code == 0x0965;
}

static bool
is_closing(uint32_t code)
{
	return code == '"' || code == '\'' || code == ')' || code == ']' || code == '}' ||
	       code == 0xbb || code == 0x2019 || code == 0x201d || code == 0x300d ||
	       code == 0x300f || code == 0xff09;
}

static enum cut
walk_line_end(struct walk *w)
{
	enum cut cut = w->blank_line ? CUT_PARAGRAPH : CUT_LINE;

	w->blank_line = true;
	w->sentence_ends = false;
	return cut;
}

/* Steps over one character; the result is what a cut behind it would be. */
static enum cut
walk_over(struct walk *w, uint32_t code)
{
	w->before = code;
	w->flags = is_flag_half(code) ? w->flags + 1 : 0;
	if (code == '\n')
		return walk_line_end(w);
	if (is_space(code))
		return w->sentence_ends ? CUT_SENTENCE : CUT_SPACE;
	w->blank_line = false;
	if (is_stop(code) || is_wide_stop(code)) {
		w->sentence_ends = true;
		w->wide = is_wide_stop(code);
	} else if (!is_closing(code)) {
		w->sentence_ends = false;
	}
	return w->sentence_ends && w->wide ? CUT_SENTENCE : CUT_CHARACTER;
}

static struct walk
walk_from(struct slice text, size_t start)
{
	return (struct walk){.blank_line = start == 0 || text.p[start - 1] == '\n'};
}

/*
 * Where a piece that begins at `start` ends, somewhere behind `from`: 0 when
 * no cut is within its size.
 */
static size_t
find_end(const struct chunker *c, size_t start, size_t from)
{
	const char *p = c->text.p + start, *end = c->text.p + c->text.n;
	struct walk w = walk_from(c->text, start);
	size_t chars, best[CUTS] = {0};
	enum cut cut = CUT_CHARACTER;

	for (chars = 0; p < end && chars <= c->size; chars++) {
		size_t at = (size_t)(p - c->text.p);
		uint32_t code = utf8_next(&p);

		if (at > from && utf8_may_cut(w.before, code, w.flags)) {
			best[CUT_CHARACTER] = at;
			if (chars >= c->size - c->size / 2)
				best[cut] = at;
		}
		cut = walk_over(&w, code);
	}
	if (chars <= c->size)
		return c->text.n;
	for (cut = CUT_PARAGRAPH; cut > CUT_CHARACTER && !best[cut];)
		cut--;
	return best[cut];
}

/* The end of the one character, as a reader sees it, that begins at `start`. */
static size_t
character_end(const struct chunker *c, size_t start)
{
	const char *p = c->text.p + start, *end = c->text.p + c->text.n;
	struct walk w = walk_from(c->text, start);

	while (p < end) {
		const char *at = p;
		uint32_t code = utf8_next(&p);

		if (at > c->text.p + start && utf8_may_cut(w.before, code, w.flags))
			return (size_t)(at - c->text.p);
		walk_over(&w, code);
	}
	return c->text.n;
}

static size_t
step_back(struct slice text, size_t at)
{
	do
		at--;
	while (((unsigned char)text.p[at] & 0xc0) == 0x80);
	return at;
}

/* The walk at a place inside the last piece: it knows the character before it, and the flags. */
static struct walk
walk_at(const struct chunker *c, size_t at)
{
	struct walk w = {0};
	size_t from = at;

	while (from > c->last.start) {
		const char *p = c->text.p + (from = step_back(c->text, from));

		if (!is_flag_half(utf8_next(&p)))
			break;
	}
	for (const char *p = c->text.p + from; p < c->text.p + at;)
		walk_over(&w, utf8_next(&p));
	return w;
}

/* The first place in the last `overlap` characters of the last piece where a cut may be. */
static size_t
overlap_start(const struct chunker *c)
{
	size_t at = c->last.end;
	struct walk w;

	for (size_t chars = 0; chars < c->overlap && at > c->last.start; chars++)
		at = step_back(c->text, at);
	w = walk_at(c, at);
	while (at > c->last.start && at < c->last.end) {
		const char *p = c->text.p + at;
		uint32_t code = utf8_next(&p);

		if (utf8_may_cut(w.before, code, w.flags))
			break;
		walk_over(&w, code);
		at = (size_t)(p - c->text.p);
	}
	return at;
}

void
chunker_init(struct chunker *c, struct slice text, size_t size, size_t overlap)
{
	assert(size > 0 && overlap < size);
	*c = (struct chunker){.text = text, .size = size, .overlap = overlap};
}

bool
chunker_next(struct chunker *c, struct chunk *out)
{
	size_t from = c->last.end, start = overlap_start(c), end;

	if (c->begun && from == c->text.n)
		return false;
	end = find_end(c, start, from);
	if (!end && start < from) /* no room beside the overlap */
		end = find_end(c, start = from, from);
	if (!end && c->text.n)
		end = character_end(c, start);
	c->begun = true;
	c->last = *out = (struct chunk){start, end, from - start};
	return true;
}

size_t
chunker_count(const struct chunker *c)
{
	struct chunker copy = *c;
	struct chunk ignored;
	size_t count = 0;

	while (chunker_next(&copy, &ignored))
		count++;
	return count;
}
