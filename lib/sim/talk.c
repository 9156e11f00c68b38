// SPDX-License-Identifier: MIT
/* Extractive: sentences of the prompt, or the listed word that occurs in it. */
#include "sim/talk.h"

#include <string.h>
#include <strings.h>

#include "text/utf8.h"

/* An instruction is one short line; what is longer is material. */
#define INSTRUCTION_BYTES 160

/* "0." and "e.g." end no sentence: one has at least so many bytes. */
#define SENTENCE_LEAST_BYTES 40

/* A longer sentence is broken off behind a word. */
#define SENTENCE_MOST_BYTES 240

#define COUNT_MOST 100

static const struct {
	const char *name; /* without the plural's s */
	const char *items[8];
} lists[] = {
    {"color", {"red", "green", "blue", "yellow", "orange", "purple", "black", "white"}},
    {"colour", {"red", "green", "blue", "yellow", "orange", "purple", "black", "white"}},
    {"animal", {"cat", "dog", "horse", "elephant", "owl", "salmon", "fox", "bear"}},
    {"fruit", {"apple", "banana", "cherry", "pear", "plum", "orange", "grape", "mango"}},
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool
is_letter(char c)
{
	char lower = (char)(c | 0x20);

	return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static struct slice
from(struct slice s, size_t at)
{
	return (struct slice){s.p + at, s.n - at};
}

static struct slice
trim(struct slice s)
{
	while (s.n && is_blank(*s.p))
		s = from(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The offset behind `phrase`, in any case, or 0. */
static size_t
behind(struct slice s, const char *phrase)
{
	size_t n = strlen(phrase);

	for (size_t i = 0; i + n <= s.n; i++) {
		if (strncasecmp(s.p + i, phrase, n) == 0)
			return i + n;
	}
	return 0;
}

/* A list ends with its line, a semicolon, a colon, or the end of the sentence. */
static size_t
list_length(struct slice s)
{
	size_t n = 0;

	for (; n < s.n && !strchr("\n;:?!", s.p[n]); n++) {
		if (s.p[n] == '.' && (n + 1 == s.n || is_blank(s.p[n + 1])))
			break;
	}
	return n;
}

/* Takes the next word of the list off its front, without an "or" before it. */
static bool
next_choice(struct slice *list, struct slice *word)
{
	const char *comma = list->n ? memchr(list->p, ',', list->n) : NULL;
	size_t n = comma ? (size_t)(comma - list->p) : list->n;

	if (!list->n)
		return false;
	*word = trim((struct slice){list->p, n});
	*list = from(*list, n + (comma != NULL));
	if (word->n > 3 && strncasecmp(word->p, "or ", 3) == 0)
		*word = trim(from(*word, 3));
	return true;
}

/* The offset of the word in the text, whole or as the beginning of one; text.n: not there. */
static size_t
word_at(struct slice text, struct slice word, bool whole)
{
	for (size_t i = 0; word.n && i + word.n <= text.n; i++) {
		size_t end = i + word.n;

		if (strncasecmp(text.p + i, word.p, word.n) != 0 || (i && is_letter(text.p[i - 1])))
			continue;
		if (!whole || end == text.n || !is_letter(text.p[end]))
			return i;
	}
	return text.n;
}

/* The listed word that comes first in the text; absent when none is there. */
static struct slice
first_of(struct slice list, struct slice text, bool whole)
{
	struct slice word, best = {0};
	size_t best_at = text.n;

	while (next_choice(&list, &word)) {
		size_t at = word_at(text, word, whole);

		if (at < best_at) {
			best_at = at;
			best = word;
		}
	}
	return best;
}

/* Looks at what follows the list, then at what stands before it; whole words first. */
static bool
choose(struct slice prompt, struct buf *answer)
{
	size_t at = behind(prompt, "one of:");
	struct slice list = from(prompt, at), before = {prompt.p, at}, after, word = {0};

	if (!at)
		return false;
	list = trim(list);
	list.n = list_length(list);
	after = (struct slice){list.p + list.n, (size_t)(prompt.p + prompt.n - list.p) - list.n};
	for (int i = 0; i < 4 && !word.p; i++)
		word = first_of(list, i % 2 ? before : after, i < 2);
	if (!word.p)
		next_choice(&list, &word);
	buf_slice(answer, word);
	return word.n > 0;
}

static size_t
number_at(struct slice s)
{
	size_t value = 0;

	for (; s.n && *s.p >= '0' && *s.p <= '9' && value < COUNT_MOST; s = from(s, 1))
		value = value * 10 + (size_t)(*s.p - '0');
	return value < COUNT_MOST ? value : COUNT_MOST;
}

static bool
count(struct slice prompt, struct buf *answer)
{
	size_t at = behind(prompt, "count to "), most = number_at(from(prompt, at));

	if (!at || !most)
		return false;
	buf_str(answer, SIM_MARK "1");
	for (size_t i = 2; i <= most; i++)
		buf_printf(answer, ", %zu", i);
	return true;
}

static bool
name(struct slice prompt, struct buf *answer)
{
	size_t at = behind(prompt, "name "), most = number_at(from(prompt, at));

	for (size_t i = 0; at && most && i < sizeof lists / sizeof *lists; i++) {
		if (!behind(from(prompt, at), lists[i].name))
			continue;
		buf_str(answer, SIM_MARK);
		for (size_t k = 0; k < most && k < 8; k++)
			buf_printf(answer, "%s%s", k ? ", " : "", lists[i].items[k]);
		return true;
	}
	return false;
}

/*
 * The prompt without its instruction: what follows a colon, or the line break,
 * of a short first line. Of earlier answers it is the first, without its mark.
 */
static struct slice
material(struct slice prompt)
{
	struct slice whole = trim(prompt), rest = whole;
	const char *mark;

	for (size_t i = 0; i < whole.n && i < INSTRUCTION_BYTES; i++) {
		bool colon = whole.p[i] == ':' && i + 1 < whole.n && is_blank(whole.p[i + 1]);

		if (!colon && whole.p[i] != '\n')
			continue;
		rest = trim(from(whole, i + 1));
		break;
	}
	if (!rest.n)
		rest = whole;
	while (slice_starts(rest, SIM_MARK))
		rest = trim(from(rest, strlen(SIM_MARK)));
	mark = slice_find(rest, SIM_MARK);
	if (mark)
		rest.n = (size_t)(mark - rest.p);
	return trim(rest);
}

static bool
ends_sentence(struct slice s, size_t at)
{
	return strchr(".!?", s.p[at]) && s.p[at] && (at + 1 == s.n || is_blank(s.p[at + 1]));
}

/* Inside a character of several bytes? Then the next byte continues it. */
static bool
inside_character(struct slice s, size_t at)
{
	return at + 1 < s.n && ((unsigned char)s.p[at + 1] & 0xc0) == 0x80;
}

/* The first sentence, its blanks and line breaks made single blanks. */
static void
say_sentence(struct slice text, struct buf *answer)
{
	size_t start = answer->len, word_end = 0;

	for (size_t i = 0; i < text.n; i++) {
		size_t said = answer->len - start;

		if (!is_blank(text.p[i])) {
			buf_char(answer, text.p[i]);
		} else if (said && answer->data[answer->len - 1] != ' ') {
			word_end = answer->len;
			buf_char(answer, ' ');
		}
		if (ends_sentence(text, i) && said >= SENTENCE_LEAST_BYTES)
			return;
		if (said < SENTENCE_MOST_BYTES || inside_character(text, i))
			continue;
		if (word_end)
			answer->len = word_end;
		buf_str(answer, " \xe2\x80\xa6");
		return;
	}
}

void
sim_talk(struct slice prompt, struct buf *answer)
{
	if (choose(prompt, answer) || count(prompt, answer) || name(prompt, answer))
		return;
	buf_str(answer, SIM_MARK);
	say_sentence(material(prompt), answer);
}

void
sim_talk_long(size_t bytes, struct buf *answer)
{
	static const char line[] = "This sentence is simulated and says nothing, at length. ";

	while (answer->len < bytes) {
		size_t left = bytes - answer->len;

		buf_add(answer, line, left < sizeof line - 1 ? left : sizeof line - 1);
	}
}
