// SPDX-License-Identifier: MIT
/*
 * Pieces put together again are the text, and no cut is inside what a reader sees
 * as one character. The text is made of such characters, one for each byte of
 * the input: the places between them are the only ones where a cut may be. The
 * first two bytes are the size and the overlap.
 */
#include "record/chunk.h"
#include "fuzz.h"

/* From 0x80 on a byte stands for one of these; each begins with what extends nothing. */
static const char *const characters[] = {
    "\r\n",
    "\u00e9",               /* é */
    "e\u0301",              /* the same in two */
    "a\u030a\u0303",        /* a with two marks */
    "\u6f22",               /* 漢 */
    "\u5b57",               /* 字 */
    "\u304b\u3099",         /* か with a voicing mark */
    "\uac01",               /* 각 … */
    "\u1100\u1161\u11a8",   /* … of three jamo */
    "\uac00\u11a8",         /* … of a syllable and a jamo */
    "\u0928\u093f",         /* नि */
    "\u05e9\u05bc\u05c1",   /* Hebrew with points */
    "\U0001f600",           /* 😀 */
    "\U0001f44d\U0001f3fd", /* 👍 with a skin tone */
    "\u2764\ufe0f",         /* ❤ with a variation selector */
    "1\ufe0f\u20e3",        /* a keycap */
    "\U0001f1eb\U0001f1ee", /* the flag of Finland */
    "\U0001f1ef\U0001f1f5", /* of Japan */
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",             /* a family */
    "\U0001f469\U0001f3ff\u200d\U0001f680",                                   /* an astronaut */
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", /* Scotland */
    "\u2026",                                                                 /* … */
    "\u3002",                                                                 /* 。 */
    "\uff01",                                                                 /* ！ */
    "\u3000",                                                                 /* a wide space */
    "\u300d",                                                                 /* 」 */
    "\U0010ffff",
};

struct text {
	struct buf bytes;
	bool *may_cut; /* at each byte of it, and at its end */
	size_t *count; /* of the code points before it */
};

static void
add_character(struct text *t, const char *bytes)
{
	size_t points = 0;

	for (const char *p = bytes; *p; p++)
		points += ((unsigned char)*p & 0xc0) != 0x80;
	t->count[t->bytes.len + strlen(bytes)] = t->count[t->bytes.len] + points;
	buf_str(&t->bytes, bytes);
	t->may_cut[t->bytes.len] = true;
}

static void
make_text(struct text *t, const uint8_t *data, size_t n)
{
	const size_t longest = 40;

	t->may_cut = mem_zero(n * longest + 1, sizeof *t->may_cut);
	t->count = mem_zero(n * longest + 1, sizeof *t->count);
	t->may_cut[0] = true;
	for (; n; data++, n--) {
		char ascii[] = {(char)*data, '\0'};
		const char *bytes =
		    *data < 0x80 ? ascii
				 : characters[*data % (sizeof characters / sizeof *characters)];

		/* NUL and a lone \r, which would join a \n, are not text's own */
		if (*data == '\0' || *data == '\r')
			bytes = " ";
		add_character(t, bytes);
	}
}

static void
check(const struct text *t, size_t size, size_t overlap)
{
	struct slice text = buf_view(&t->bytes);
	struct chunker chunker;
	struct chunk c;
	size_t pieces = 0, total, end = 0;

	chunker_init(&chunker, text, size, overlap);
	total = chunker_count(&chunker);
	while (chunker_next(&chunker, &c)) {
		pieces++;
		MUST(c.start + c.overlap == end && c.end <= text.n);
		MUST(c.end > end || text.n == 0);
		MUST(t->may_cut[c.start] && t->may_cut[end] && t->may_cut[c.end]);
		MUST(t->count[end] - t->count[c.start] <= overlap);
		if (t->count[c.end] - t->count[c.start] > size) { /* only a single character may */
			for (size_t at = c.start + 1; at < c.end; at++)
				MUST(!t->may_cut[at]);
		}
		end = c.end;
	}
	MUST(end == text.n && pieces == total);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct text text = {0};
	size_t size, overlap;

	if (n < 2)
		return 0;
	size = 1 + data[0] % 64;
	overlap = data[1] % size;
	make_text(&text, data + 2, n - 2);
	check(&text, size, 0);
	check(&text, size, overlap);
	buf_free(&text.bytes);
	free(text.may_cut);
	free(text.count);
	return 0;
}
