// SPDX-License-Identifier: MIT
/* Extractive: sentences of the prompt, or the listed word that occurs in it. */
#include "sim/talk.h"

#include <string.h>
#include <strings.h>

#include "base/num.h"

#define COUNT_MOST 100

/* A longer list is looked for in the text only so far: each word costs a pass over it. */
#define CHOICES_MOST 100

static const struct {
	const char *name; /* without the plural's s */
	const char *items[8];
} lists[] = {
    {"color", {"red", "green", "blue", "yellow", "orange", "purple", "black", "white"}},
    {"colour", {"red", "green", "blue", "yellow", "orange", "purple", "black", "white"}},
    {"animal", {"cat", "dog", "horse", "elephant", "owl", "salmon", "fox", "bear"}},
    {"fruit", {"apple", "banana", "cherry", "pear", "plum", "orange", "grape", "mango"}},
};

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
		if (s.p[n] == '.' && (n + 1 == s.n || sim_is_blank(s.p[n + 1])))
			break;
	}
	return n;
}

/* Takes the next word of the list off its front; between two stands a comma, an "or" or both. */
static bool
next_choice(struct slice *list, struct slice *word)
{
	size_t n = 0;

	if (list->n > 3 && strncasecmp(list->p, "or ", 3) == 0)
		*list = sim_from(*list, 3);
	if (!list->n)
		return false;
	while (n < list->n && list->p[n] != ',' &&
	       !(list->n - n > 4 && strncasecmp(list->p + n, " or ", 4) == 0))
		n++;
	*word = sim_trim((struct slice){list->p, n});
	*list = sim_trim(sim_from(*list, n < list->n ? n + 1 : n));
	return true;
}

/* The offset of the word in the text, whole or as the beginning of one; text.n: not there. */
static size_t
word_at(struct slice text, struct slice word, bool whole)
{
	for (size_t i = 0; word.n && i + word.n <= text.n; i++) {
		size_t end = i + word.n;

		if (strncasecmp(text.p + i, word.p, word.n) != 0 ||
		    (i && sim_is_letter(text.p[i - 1])))
			continue;
		if (!whole || end == text.n || !sim_is_letter(text.p[end]))
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

	for (int i = 0; i < CHOICES_MOST && next_choice(&list, &word); i++) {
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
	struct slice list = sim_from(prompt, at), before = {prompt.p, at}, after, word = {0};

	if (!at)
		return false;
	list = sim_trim(list);
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
	double value = 0;

	num_prefix(s.p, s.n, &value);
	return value < COUNT_MOST ? (size_t)value : COUNT_MOST;
}

static bool
count(struct slice prompt, struct buf *answer)
{
	size_t at = behind(prompt, "count to "), most = number_at(sim_from(prompt, at));

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
	size_t at = behind(prompt, "name "), most = number_at(sim_from(prompt, at));

	for (size_t i = 0; at && most && i < sizeof lists / sizeof *lists; i++) {
		if (!behind(sim_from(prompt, at), lists[i].name))
			continue;
		buf_str(answer, SIM_MARK);
		for (size_t k = 0; k < most && k < 8; k++)
			buf_printf(answer, "%s%s", k ? ", " : "", lists[i].items[k]);
		return true;
	}
	return false;
}

void
sim_talk(struct slice prompt, struct buf *answer)
{
	if (choose(prompt, answer) || count(prompt, answer) || name(prompt, answer))
		return;
	buf_str(answer, SIM_MARK);
	sim_summarise(prompt, answer);
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
