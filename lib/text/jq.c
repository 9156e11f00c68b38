// SPDX-License-Identifier: MIT
/* libjq behind a wall: only validated text goes in, only messages come out. */
#include "text/jq.h"

#include <jq.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/json_scan.h"
#include "text/utf8.h"

/* So much of a message is shown: a program may throw a whole record. */
#define MESSAGE_MAX_BYTES 200

struct jq_program {
	jq_state *jq;
	char *text;
};

static void
no_memory(void *ignored)
{
	(void)ignored;
	mem_exhausted();
}

/* Keeps the first of the compiler's messages: its reason, without where it was found. */
static void
keep_error(void *context, jv message)
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

/*
 * What libjq 1.6 leaves unset: callbacks that it would call all the same, and
 * the library path, without which an import aborts the process. (With it the
 * import fails: there is no library.)
 */
static void
set_up(jq_state *jq)
{
	jq_set_input_cb(jq, NULL, NULL);
	jq_set_debug_cb(jq, NULL, NULL);
	jq_set_attr(jq, jv_string("JQ_LIBRARY_PATH"), jv_array());
	jq_set_attr(jq, jv_string("JQ_ORIGIN"), jv_string("."));
	jq_set_attr(jq, jv_string("PROGRAM_ORIGIN"), jv_string("."));
}

struct jq_program *
jq_program_new(const char *text, struct buf *error)
{
	struct jq_program *program;
	int compiled;

	if (utf8_invalid(text, strlen(text)) < strlen(text)) {
		buf_str(error, "invalid UTF-8");
		return NULL;
	}
	program = mem_zero(1, sizeof *program);
	jv_nomem_handler(no_memory, NULL);
	program->jq = jq_init();
	if (!program->jq)
		mem_exhausted();
	program->text = mem_dup(text, strlen(text));
	set_up(program->jq);
	jq_set_error_cb(program->jq, keep_error, error);
	compiled = jq_compile_args(program->jq, text, jv_object());
	jq_set_error_cb(program->jq, NULL, NULL);
	if (compiled)
		return program;
	if (error->len == 0)
		buf_str(error, "no jq program");
	jq_program_free(program);
	return NULL;
}

void
jq_program_free(struct jq_program *program)
{
	if (!program)
		return;
	jq_teardown(&program->jq);
	free(program->text);
	free(program);
}

static size_t
depth_of(struct slice json)
{
	size_t depth = 0, deepest = 0;

	for (const char *p = json.p, *end = p + json.n; p < end; p++) {
		if (*p == '"') {
			while (*++p != '"')
				p += *p == '\\';
		}
		depth -= *p == '}' || *p == ']';
		depth += *p == '{' || *p == '[';
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest;
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
is_safe(const struct jq_program *program, struct slice word)
{
	static const char own[] =
	    "Cannot cannot index iterate over with use as a an the key keys has no not be "
	    "null boolean number string array object added subtracted multiplied divided "
	    "because divisor is zero sorted grouped reversed parsed matched and have their "
	    "containment checked it valid in csv row tsv escaped for shell format must "
	    "input only strings can Invalid numeric literal Unfinished JSON term Regex failure "
	    "while parsing at line column Out bounds negative indices indexes Start end of slice "
	    "range module found Unknown function requires arguments too large";

	return has_word(own, word) || has_word(program->text, word);
}

/* Appends the message, "..." for each word that may be data. */
static void
without_data(const struct jq_program *program, struct slice message, struct buf *out)
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

/*
 * libjq 1.6 frees what halt_error has left at every start from then on: once
 * too often from the second on. One start, and a halt that leaves nothing.
 */
static void
forget_halt(jq_state *jq)
{
	jq_start(jq, jv_null(), 0);
	jq_halt(jq, jv_invalid(), jv_invalid());
}

/* Why the program stopped: `last` is what jq_next gave in the end. 0 when it just ended. */
static int
explain(struct jq_program *program, jv last, struct buf *error)
{
	jv message;

	if (jq_halted(program->jq)) {
		jv_free(last);
		forget_halt(program->jq);
		buf_str(error, "the program halts");
		return -1;
	}
	if (!jv_invalid_has_msg(jv_copy(last))) {
		jv_free(last);
		return 0;
	}
	message = jv_invalid_get_msg(last);
	if (jv_get_kind(message) != JV_KIND_STRING)
		buf_str(error, "the program throws a value that is no string");
	else if (strcmp(jv_string_value(message), "break") == 0)
		buf_str(error, "the program asks for more input than the record");
	else
		without_data(program, slice_of(jv_string_value(message)), error);
	jv_free(message);
	return -1;
}

/*
 * Hands out one result; -1 with the reason, 0 to stop, 1 to go on. A result
 * that is the input itself (select) keeps its bytes.
 */
static int
give(jv result, jv input, struct slice json, bool (*each)(void *, struct slice), void *context,
    struct buf *error)
{
	struct json_error ignored;
	struct buf text = {0};
	jv dumped;
	int status;

	if (jv_identical(jv_copy(result), jv_copy(input)) && !memchr(json.p, '\n', json.n)) {
		jv_free(result);
		return each(context, json);
	}
	dumped = jv_dump_string(result, 0);
	buf_str(&text, jv_string_value(dumped));
	jv_free(dumped);
	/* beyond its depth libjq prints "<stripped...>" */
	if (json_scan(buf_view(&text), NULL, 0, NULL, NULL, &ignored)) {
		buf_str(error, "a result is nested too deep for libjq");
		status = -1;
	} else {
		status = each(context, buf_view(&text));
	}
	buf_free(&text);
	return status;
}

int
jq_run(struct jq_program *program, struct slice json,
    bool (*each)(void *context, struct slice result), void *context, struct buf *error)
{
	jv input, result;
	int status = 1;

	if (json.n > INT_MAX || depth_of(json) > JQ_DEPTH_MAX) {
		buf_printf(
		    error, "nested deeper than the %d levels of libjq, or too long", JQ_DEPTH_MAX);
		return -1;
	}
	input = jv_parse_sized(json.p, (int)json.n);
	if (!jv_is_valid(input)) {
		jv_free(input);
		buf_str(error, "libjq does not read the text: half a surrogate pair in it");
		return -1;
	}
	jq_start(program->jq, jv_copy(input), 0);
	while (status > 0 && jv_is_valid(result = jq_next(program->jq)))
		status = give(result, input, json, each, context, error);
	if (status > 0)
		status = explain(program, result, error);
	jv_free(input);
	return status < 0 ? -1 : 0;
}
