// SPDX-License-Identifier: MIT
/* Counts the words of the material, then weighs its sentences. */
#include "sim/summary.h"

#include <ctype.h>
#include <string.h>

#include "base/hash.h"
#include "sim/tally.h"

/* An instruction is one short line; what is longer is material. */
#define INSTRUCTION_BYTES 160

/* "0." and "e.g." end no sentence: one has at least so many bytes. */
#define SENTENCE_LEAST_BYTES 40

/* A longer sentence is no summary; when there is no other it is broken off behind a word. */
#define SENTENCE_MOST_BYTES 240

/* Shorter words are rarely what a text is about; of longer ones the beginning is enough. */
#define WORD_LEAST_BYTES 5
#define WORD_MOST_BYTES 32

/* The words of a text of 20 MB; further ones count as rare. */
#define WORDS_MAX ((size_t)1 << 18)

bool
sim_is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool
sim_is_letter(char c)
{
	return (unsigned char)c >= 0x80 || isalnum((unsigned char)c);
}

struct slice
sim_from(struct slice s, size_t at)
{
	return (struct slice){s.p + at, s.n - at};
}

struct slice
sim_trim(struct slice s)
{
	while (s.n && sim_is_blank(*s.p))
		s = sim_from(s, 1);
	while (s.n && sim_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The prompt without its instruction: what follows a colon, or the line break. */
static struct slice
material(struct slice prompt)
{
	struct slice whole = sim_trim(prompt), rest;

	for (size_t i = 0; i < whole.n && i < INSTRUCTION_BYTES; i++) {
		bool colon = whole.p[i] == ':' && i + 1 < whole.n && sim_is_blank(whole.p[i + 1]);

		if (!colon && whole.p[i] != '\n')
			continue;
		rest = sim_trim(sim_from(whole, i + 1));
		return rest.n ? rest : whole;
	}
	return whole;
}

/* Takes the next word that may mean something off the front; *word is its hash in any case. */
static bool
next_word(struct slice *text, uint64_t *word)
{
	while (text->n) {
		char lower[WORD_MOST_BYTES];
		size_t n = 0;

		for (; n < text->n && sim_is_letter(text->p[n]); n++) {
			if (n < sizeof lower)
				lower[n] = (char)(text->p[n] | 0x20);
		}
		*text = sim_from(*text, n ? n : 1);
		if (n < WORD_LEAST_BYTES)
			continue;
		*word = hash64((struct slice){lower, n < sizeof lower ? n : sizeof lower}, 0);
		return true;
	}
	return false;
}

static bool
ends_sentence(struct slice s, size_t at)
{
	return s.p[at] && strchr(".!?", s.p[at]) && (at + 1 == s.n || sim_is_blank(s.p[at + 1]));
}

/* Takes the next sentence off the front; it ends where another answer begins, too. */
static bool
next_sentence(struct slice *text, struct slice *sentence)
{
	size_t i = 0, said = 0; /* bytes, blanks in a row being one */

	*text = sim_trim(*text);
	while (slice_starts(*text, SIM_MARK))
		*text = sim_trim(sim_from(*text, strlen(SIM_MARK)));
	for (; i < text->n; i++) {
		if (text->p[i] == *SIM_MARK && slice_starts(sim_from(*text, i), SIM_MARK))
			break;
		said += !sim_is_blank(text->p[i]) || !sim_is_blank(text->p[i - 1]);
		if (said > SENTENCE_LEAST_BYTES && ends_sentence(*text, i)) {
			i++;
			break;
		}
	}
	*sentence = sim_trim((struct slice){text->p, i});
	*text = sim_from(*text, i);
	return sentence->n > 0;
}

/* How often the words of the sentence stand elsewhere in the text. */
static uint64_t
weight(const struct sim_tally *words, struct slice sentence)
{
	uint64_t sum = 0, word;

	if (sentence.n > SENTENCE_MOST_BYTES)
		return 0;
	while (next_word(&sentence, &word)) {
		uint64_t seen = sim_tally_seen(words, word);

		sum += seen ? seen - 1 : 0;
	}
	return sum;
}

static struct slice
choose(struct slice text)
{
	struct sim_tally words = {.max = WORDS_MAX};
	struct slice rest = text, sentence, best = {0};
	uint64_t word, most = 0;

	while (next_word(&rest, &word))
		sim_tally_add(&words, word, (struct slice){0});
	while (next_sentence(&text, &sentence)) {
		uint64_t its = weight(&words, sentence);

		if (best.p && its <= most)
			continue;
		best = sentence;
		most = its;
	}
	sim_tally_free(&words);
	return best;
}

/* Inside a character of several bytes? Then the next byte continues it. */
static bool
inside_character(struct slice s, size_t at)
{
	return at + 1 < s.n && ((unsigned char)s.p[at + 1] & 0xc0) == 0x80;
}

/* Blanks and line breaks become single blanks. */
static void
say(struct slice sentence, struct buf *answer)
{
	size_t start = answer->len, word_end = 0;

	for (size_t i = 0; i < sentence.n; i++) {
		if (!sim_is_blank(sentence.p[i])) {
			buf_char(answer, sentence.p[i]);
		} else if (!sim_is_blank(sentence.p[i - 1])) {
			word_end = answer->len;
			buf_char(answer, ' ');
		}
		if (answer->len - start <= SENTENCE_MOST_BYTES || inside_character(sentence, i))
			continue;
		if (word_end)
			buf_cut(answer, word_end);
		buf_str(answer, " \xe2\x80\xa6");
		return;
	}
}

void
sim_summarise(struct slice prompt, struct buf *answer)
{
	say(choose(material(prompt)), answer);
}
