// SPDX-License-Identifier: MIT
/* Pieces: where they are cut, and that nothing is ever lost, for any text. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "record/chunk.h"
#include "tap.h"
#include "text/utf8.h"

#define TEXTS 10000
#define WORDS_MAX 60
#define SIZE_MAX_CHARS 40

/* The pieces of the text with | between them; each one's overlap ends with a ^. */
static void
cut(const char *text, size_t size, size_t overlap, const char *expected, const char *name)
{
	struct chunker c;
	struct chunk piece;
	struct buf out = {0};

	chunker_init(&c, slice_of(text), size, overlap);
	for (bool first = true; chunker_next(&c, &piece); first = false) {
		buf_str(&out, first ? "" : "|");
		buf_add(&out, text + piece.start, piece.overlap);
		buf_str(&out, piece.overlap ? "^" : "");
		buf_add(&out, text + piece.start + piece.overlap,
		    piece.end - piece.start - piece.overlap);
	}
	is_str(buf_view(&out), expected, name);
	buf_free(&out);
}

static void
test_boundaries(void)
{
	cut("", 5, 0, "", "an empty text is one empty piece");
	cut("abc", 3, 0, "abc", "a text that fits is one piece");
	cut("abcdef", 3, 0, "abc|def", "without boundaries between characters");
	cut("one two three", 8, 0, "one two |three", "behind a space");
	cut("one two  three", 8, 0, "one two | three", "a blank is never dropped");
	cut("a bcdefghij", 8, 0, "a bcdefg|hij", "not in the first half of a piece");
	cut("Go on. To be sure", 16, 0, "Go on. To be |sure",
	    "a sentence in the first half does not count");
	cut("Now go on. To be", 14, 0, "Now go on. |To be", "a sentence beats a space");
	cut("He said \"go.\" And so on", 18, 0, "He said \"go.\" |And so on",
	    "behind closing quotes");
	cut("3.14159 265", 9, 0, "3.14159 |265", "a point in a number ends no sentence");
	cut("ab. cd\nef gh", 11, 0, "ab. cd\n|ef gh", "a line beats a sentence");
	cut("aaaa\n\nbb\ncc\ndd", 11, 0, "aaaa\n\n|bb\ncc\ndd", "a paragraph beats a line");
	cut("aaaa\r\n \t\r\nbb\r\ncc", 14, 0, "aaaa\r\n \t\r\n|bb\r\ncc",
	    "a line of blanks ends a paragraph");
	cut("aaaa\n\n\n\nbbbb", 9, 0, "aaaa\n\n\n\n|bbbb", "blank lines stay together");
	cut("\xe4\xb8\x80\xe4\xba\x8c\xe3\x80\x82\xe4\xb8\x89\xe5\x9b\x9b\xe4\xba\x94", 5, 0,
	    "\xe4\xb8\x80\xe4\xba\x8c\xe3\x80\x82|\xe4\xb8\x89\xe5\x9b\x9b\xe4\xba\x94",
	    "a Chinese sentence needs no space behind it");
}

static void
test_characters(void)
{
	cut("ab\r\ncd", 3, 0, "ab|\r\n|cd", "never between CR and LF");
	cut("abe\xcc\x81z", 3, 0, "ab|e\xcc\x81z", "never before a combining mark");
	cut("a\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9z", 3, 0,
	    "a|\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9|z", "never inside an emoji family");
	cut("\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xae", 3, 0,
	    "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa|\xf0\x9f\x87\xab\xf0\x9f\x87\xae",
	    "never inside a flag");
	cut("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3", 4, 0,
	    "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab|\xe1\x84\x80\xe1\x85\xb3",
	    "never inside a Hangul syllable");
	cut("e\xcc\x81\xcc\x82\xcc\x83z", 2, 0, "e\xcc\x81\xcc\x82\xcc\x83|z",
	    "a character longer than a piece is a piece");
	cut("e\xcc\x81\xcc\x82", 1, 0, "e\xcc\x81\xcc\x82", "also the last one");
	cut("abc", 1, 0, "a|b|c", "pieces of one character");
}

static void
test_overlap(void)
{
	cut("abcdef", 4, 1, "abcd|d^ef", "a piece begins with the end of the one before");
	cut("abcdef", 4, 3, "abcd|bcd^e|cde^f", "and always goes on");
	cut("aaa bbb ccc", 8, 4, "aaa bbb |bbb ^ccc", "the overlap counts as part of the size");
	cut("abe\xcc\x81"
	    "cdef",
	    5, 2,
	    "abe\xcc\x81"
	    "c|c^def",
	    "it begins between two characters");
	cut("ab\r\ncd", 4, 1, "ab\r\n|cd", "there is none when it would begin inside one");
	cut("aae\xcc\x81\xcc\x82z", 3, 2, "aa|e\xcc\x81\xcc\x82|z",
	    "it yields to a long character");
}

/* What texts are made of; each is put together with others at random. */
static const char *const words[] = {"a", "word", "Sentence.", "! ", "? ", " ", "  ", "\n", "\n\n",
    "\r\n", "\r\n\r\n", "\r", "\t", "\xe4\xb8\x80\xe4\xba\x8c", "\xe3\x80\x82", "\xc3\xa9",
    "e\xcc\x81", "o\xcc\x82\xcc\x83\xcc\x84", "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa",
    "\xf0\x9f\x87\xab", "\xf0\x9f\x98\x80", "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd",
    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
    "\xe2\x9d\xa4\xef\xb8\x8f", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c",
    "\xe0\xa4\xa8\xe0\xa4\xbf", "\xcc\x81"};

static void
make_text(struct rng *rng, struct buf *out)
{
	size_t count = rng_below(rng, WORDS_MAX);

	buf_reset(out);
	while (count--)
		buf_str(out, words[rng_below(rng, sizeof words / sizeof *words)]);
}

/* may_cut[i]: may the text be cut before byte i? Told from the whole text, not from a piece. */
static void
find_cuts(struct slice text, bool *may_cut)
{
	const char *p = text.p, *end = text.p + text.n;
	uint32_t before = 0;
	size_t flags = 0;

	memset(may_cut, 0, text.n + 1);
	while (p < end) {
		size_t at = (size_t)(p - text.p);
		uint32_t code = utf8_next(&p);

		may_cut[at] = at == 0 || utf8_may_cut(before, code, flags);
		flags = code >= 0x1f1e6 && code <= 0x1f1ff ? flags + 1 : 0;
		before = code;
	}
	may_cut[text.n] = true;
}

static size_t
characters(struct slice text)
{
	size_t count = 0;

	for (const char *p = text.p; p < text.p + text.n; utf8_next(&p))
		count++;
	return count;
}

static bool
piece_is_good(const struct chunker *c, const struct chunk *before, const struct chunk *piece,
    const bool *may_cut)
{
	struct slice all = {c->text.p + piece->start, piece->end - piece->start};
	struct slice overlap = {all.p, piece->overlap};
	bool alone = true; /* one character as a reader sees it */

	for (size_t i = piece->start + 1; i < piece->end; i++)
		alone = alone && !may_cut[i];
	return piece->start + piece->overlap == before->end && piece->start >= before->start &&
	       (piece->end > before->end || !c->text.n) && may_cut[piece->start] &&
	       may_cut[piece->end] && characters(overlap) <= c->overlap &&
	       (characters(all) <= c->size || alone);
}

static bool
text_is_whole(struct slice text, size_t size, size_t overlap)
{
	bool good = true, *may_cut = mem_zero(text.n + 1, sizeof *may_cut);
	struct chunk before = {0}, piece;
	struct chunker c;
	struct buf joined = {0};
	size_t count, seen = 0;

	find_cuts(text, may_cut);
	chunker_init(&c, text, size, overlap);
	count = chunker_count(&c);
	while (good && chunker_next(&c, &piece)) {
		good = piece_is_good(&c, &before, &piece, may_cut);
		buf_add(&joined, text.p + before.end, piece.end - before.end);
		before = piece;
		seen++;
	}
	good = good && seen == count && slice_equal(buf_view(&joined), text);
	buf_free(&joined);
	free(may_cut);
	return good;
}

static void
test_random_texts(void)
{
	struct rng rng;
	struct buf text = {0};
	int bad = 0;

	rng_seed(&rng, 7);
	for (int i = 0; i < TEXTS; i++) {
		size_t size = 1 + rng_below(&rng, SIZE_MAX_CHARS), overlap = rng_below(&rng, size);

		make_text(&rng, &text);
		if (!text_is_whole(buf_view(&text), size, overlap) && bad++ == 0)
			printf("# size %zu, overlap %zu, text:\n%s\n", size, overlap, text.data);
	}
	ok(bad == 0, "%d random texts are cut well and put together again: %d are not", TEXTS, bad);
	buf_free(&text);
}

int
main(void)
{
	test_boundaries();
	test_characters();
	test_overlap();
	test_random_texts();
	return tap_done();
}
