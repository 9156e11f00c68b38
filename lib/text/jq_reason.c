// SPDX-License-Identifier: MIT
/* Messages quote data: of their words only those are shown that cannot be any. */
#include "text/jq_reason.h"

#include <string.h>

/* So much of a message is shown: a program may throw a whole record. */
#define MESSAGE_MAX_BYTES 200

void
jq_keep_error(void *context, jv message)
{
	static const char prefix[] = "jq: error: ";
	struct buf *error = context;
	struct slice text = slice_of(jv_string_value(message));
	const char *end;

	if (slice_starts(text, prefix))
		text = slice_of(text.p + strlen(prefix));
	end = slice_find(text, " (Unix shell");
	if (!end)
		end = slice_find(text, " at <");
	if (error->len == 0) {
		buf_str(error, slice_find(text, " at <builtin>") ? "in ~/.jq: " : "");
		buf_add(error, text.p, end ? (size_t)(end - text.p) : strcspn(text.p, "\n"));
	}
	jv_free(message);
}

void
jq_add_hint(struct buf *error)
{
	struct slice reason = buf_view(error);

	if (slice_find(reason, "/0 is not defined"))
		buf_str(error, " (a field has a dot before its name)");
	else if (slice_find(reason, "unexpected IDENT"))
		buf_str(error, " (a field with a blank in its name: .\"A b\")");
}

static bool
is_word_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

/* Does the word stand in the text as a whole word? */
static bool
has_word(const char *text, struct slice word)
{
	const char *end = text + strlen(text);

	for (const char *p = text; (p = memmem(p, (size_t)(end - p), word.p, word.n)); p++) {
		if ((p == text || !is_word_byte(p[-1])) && !is_word_byte(p[word.n]))
			return true;
	}
	return false;
}

/*
 * libjq quotes the data in its messages, and a program may throw data. What is
 * safe to show are the words of libjq's own messages and those of the program.
 */
static bool
is_safe(const char *program, struct slice word)
{
	static const char own[] =
	    "Cannot cannot index iterate over with use as a an the key keys has no not be "
	    "null boolean number string array object added subtracted multiplied divided "
	    "because divisor is zero sorted grouped reversed parsed matched and have their "
	    "containment checked it valid in csv row tsv escaped for shell format must "
	    "input only strings can Invalid numeric literal Unfinished JSON term Regex failure "
	    "while parsing at line column Out bounds negative indices indexes Start end of slice "
	    "range module found Unknown function requires arguments too large";

	return has_word(own, word) || has_word(program, word);
}

/* Appends the message, "..." for each word that may be data. */
static void
without_data(const char *program, struct slice message, struct buf *out)
{
	const char *p = message.p, *end;

	end = p + (message.n < MESSAGE_MAX_BYTES ? message.n : MESSAGE_MAX_BYTES);
	while (p < end) {
		struct slice word = {p, 0};

		while (p < end && is_word_byte(*p))
			p++;
		word.n = (size_t)(p - word.p);
		if (word.n && is_safe(program, word))
			buf_slice(out, word);
		else if (word.n)
			buf_str(out, "...");
		else
			buf_char(out, *p++);
	}
}

void
jq_thrown(jv message, const char *program, struct buf *error)
{
	if (jv_get_kind(message) != JV_KIND_STRING)
		buf_str(error, "the program throws a value that is no string");
	else if (strcmp(jv_string_value(message), JQ_NO_INPUT) == 0)
		buf_str(error, JQ_NO_INPUT);
	else
		without_data(program, slice_of(jv_string_value(message)), error);
	jv_free(message);
}
