// SPDX-License-Identifier: MIT
/* Vocabularies are made at the start, so that a word of text is one draw and one copy. */
#include "words.h"

#include <math.h>

#include "text/utf8.h"

struct script {
	uint32_t first, count; /* its letters: a range of code points */
	unsigned ascii;        /* of a hundred letters, those out of `common` */
	unsigned longest;      /* letters in a word */
	const char *space, *stop;
};

/* clang-format off */
static const struct script scripts[SCRIPTS] = {
    {0, 0, 100, 16, " ", "."},
    {0xdf, 0xa0, 70, 12, " ", "."},  /* Latin with diacritics */
    {0x3b1, 25, 0, 12, " ", "."},    /* Greek */
    {0x430, 32, 0, 12, " ", "."},    /* Cyrillic */
    {0x4e00, 5000, 0, 3, "", "。"},  /* CJK */
    {0xac00, 11172, 0, 4, " ", "."}, /* Hangul */
    {0x915, 57, 0, 8, " ", "।"},     /* Devanagari */
};
/* clang-format on */

static const char common[] = "etaoinshrdlucmfwypvbgkjqxz"; /* in the order of English */

/* What text has besides letters; these stand among the ASCII words. */
static const char *const marks[] = {"\\\"so\\\"", "caf\\u00e9", "42", "\\n    return", "e.g.",
    "C:\\\\temp", "https://example.org/?a=1&b=2", "na\\u00efve", "3.14", "\\tx", "<b>", "{}",
    "\\u2019s", "a\\/b", "\\ud83d\\ude00"};
#define MARK_EVERY 30 /* ranks: so about one word in a hundred is a mark */

static const char *const emoji[] = {"😀", "👍🏽", "🇫🇮", "👩‍👩‍👧‍👦",
    "🏳️‍🌈", "❤️", "🧑‍💻", "👨‍👩‍👧", "🎉", "1️⃣"};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* A number below bound, k drawn as often as 1/(k + 1). */
static unsigned
skewed(struct rng *r, unsigned bound)
{
	return (unsigned)exp(rng_unit(r) * log(bound + 1)) - 1;
}

static bool
chance(struct rng *r, unsigned of_hundred)
{
	return rng_below(r, 100) < of_hundred;
}

/* The common words are short. */
static void
make_word(struct rng *r, const struct script *s, unsigned rank, struct buf *out)
{
	unsigned longest = 3 + (unsigned)log2(rank + 1);
	uint64_t n = 1 + rng_below(r, longest < s->longest ? longest : s->longest);

	while (n--) {
		if (chance(r, s->ascii))
			buf_char(out, common[skewed(r, sizeof common - 1)]);
		else
			utf8_put(out, s->first + (uint32_t)rng_below(r, s->count));
	}
}

static void
make_vocabulary(struct vocabulary *v, struct rng *r, const struct script *s)
{
	for (unsigned rank = 0; rank < WORDS; rank++) {
		v->starts[rank] = (uint32_t)v->letters.len;
		if (s == scripts && rank % MARK_EVERY == MARK_EVERY - 1)
			buf_str(&v->letters, marks[rank / MARK_EVERY % COUNT(marks)]);
		else
			make_word(r, s, rank, &v->letters);
	}
	v->starts[WORDS] = (uint32_t)v->letters.len;
}

void
words_init(struct words *w, uint64_t seed, double share)
{
	*w = (struct words){.share = share};
	rng_seed(&w->rng, seed);
	for (unsigned i = 0; i < SCRIPTS; i++)
		make_vocabulary(&w->scripts[i], &w->rng, &scripts[i]);
}

void
words_free(struct words *w)
{
	for (unsigned i = 0; i < SCRIPTS; i++)
		buf_free(&w->scripts[i].letters);
}

static void
put_word(struct words *w, const struct vocabulary *v, struct buf *out)
{
	unsigned rank = skewed(&w->rng, WORDS);

	buf_add(out, v->letters.data + v->starts[rank], v->starts[rank + 1] - v->starts[rank]);
}

void
words_one(struct words *w, struct buf *out)
{
	put_word(w, w->scripts, out);
}

static void
count(struct words *w, const struct buf *out)
{
	for (; w->counted < out->len; w->counted++) {
		unsigned char byte = (unsigned char)out->data[w->counted];

		w->characters += byte < 0x80 || byte >= 0xc0;
		w->foreign += byte >= 0xc0;
	}
}

void
words_end(struct words *w, const struct buf *out)
{
	count(w, out);
	w->counted = 0;
}

static unsigned
choose_script(struct words *w, const struct buf *out)
{
	count(w, out);
	if ((double)w->foreign >= w->share * (double)w->characters)
		return 0;
	return 1 + (unsigned)rng_below(&w->rng, SCRIPTS - 1);
}

void
words_sentence(struct words *w, struct buf *out)
{
	unsigned script = choose_script(w, out);
	uint64_t n = 3 + rng_below(&w->rng, 10);

	for (uint64_t i = 0; i < n; i++) {
		if (i)
			buf_str(out, chance(&w->rng, 10) ? ", " : scripts[script].space);
		put_word(w, &w->scripts[script], out);
	}
	buf_str(out, scripts[script].stop);
	if (script && chance(&w->rng, 25))
		buf_str(out, emoji[rng_below(&w->rng, COUNT(emoji))]);
}

void
words_text(struct words *w, struct buf *out, size_t bytes)
{
	size_t start = out->len;

	words_sentence(w, out);
	while (out->len - start < bytes) {
		buf_str(out, chance(&w->rng, 15) ? "\\n\\n" : " ");
		words_sentence(w, out);
	}
}
