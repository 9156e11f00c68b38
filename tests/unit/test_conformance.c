// SPDX-License-Identifier: MIT
/*
 * The texts of tests/conformance: both builds of the scanner, and the naive one
 * that fuzzing compares them with, give each its verdict, flags and offset; at
 * every alignment, behind up to 40 blanks, and, strings, behind up to 40
 * characters of each length, so that whatever is special stands at each place of
 * a block of 16 bytes.
 */
#include <stdlib.h>

#include "../fuzz/reference.h"
#include "base/mem.h"
#include "tap.h"

#define ALIGNMENTS 16
#define FILL_MAX 40
#define LONG 4096 /* texts beyond are tested as they are */

int json_scan_portable(struct slice text, struct json_value *whole, struct json_error *error);

struct verdict {
	bool valid;
	unsigned flags;
	size_t offset;
};

static bool
same(const struct verdict *a, const struct verdict *b)
{
	return a->valid == b->valid && (a->valid ? a->flags == b->flags : a->offset == b->offset);
}

static struct verdict
judge(struct slice text, int which)
{
	struct json_value whole = {0};
	struct json_error error = {0};
	int status;

	if (which == 0)
		status = json_scan(text, &whole, &error);
	else if (which == 1)
		status = json_scan_portable(text, &whole, &error);
	else
		status = reference_scan(text, &whole, &error.offset);
	return (struct verdict){status == 0, whole.flags, error.offset};
}

/* At an alignment, with no byte beyond the padding; what stands there would go on with any token. */
static bool
judged_at(const struct buf *text, size_t alignment, const struct verdict *expected)
{
	static const char behind[JSON_PAD + 1] = "\n1\"\\e9}\xbf\xbf\xbf]u0,:f";
	char *memory = mem_resize(NULL, alignment + text->len + JSON_PAD, 1);
	struct slice copy = {memory + alignment, text->len};
	bool right = true;

	memcpy(memory + alignment, buf_view(text).p, text->len);
	memcpy(memory + alignment + text->len, behind, JSON_PAD);
	for (int which = 0; which < 3; which++) {
		struct verdict got = judge(copy, which);

		right = right && same(&got, expected);
	}
	free(memory);
	return right;
}

/* With `fill` at a place of the text so and so many times. */
static bool
judged_behind(
    const struct buf *text, size_t place, const char *fill, const struct verdict *expected)
{
	bool right = true;

	for (size_t count = 0; count <= FILL_MAX && right; count++) {
		struct verdict shifted = *expected;
		struct buf filled = {0};

		shifted.offset += count * strlen(fill);
		buf_add(&filled, buf_view(text).p, place);
		for (size_t i = 0; i < count; i++)
			buf_str(&filled, fill);
		buf_add(&filled, buf_view(text).p + place, text->len - place);
		for (size_t alignment = 0; alignment < ALIGNMENTS && right; alignment++)
			right = judged_at(&filled, alignment, &shifted);
		buf_free(&filled);
	}
	return right;
}

static bool
judged(const struct buf *text, const struct verdict *expected)
{
	static const char *const characters[] = {
	    "a", "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80", "a\xc3\xa9"};
	bool right = judged_at(text, 0, expected);

	if (text->len > LONG)
		return right;
	right = right && judged_behind(text, 0, " ", expected);
	if (!slice_starts(buf_view(text), "\""))
		return right;
	for (size_t i = 0; i < sizeof characters / sizeof *characters; i++)
		right = right && judged_behind(text, 1, characters[i], expected);
	return right;
}

/* <e6 bc a2> and <5b*1024>; p is behind the '<', the result behind the '>'. */
static const char *
read_bytes(struct buf *text, const char *p)
{
	while (*p != '>') {
		char *end;
		unsigned long byte = strtoul(p, &end, 16), count = 1;

		if (*end == '*')
			count = strtoul(end + 1, &end, 10);
		for (; count; count--)
			buf_char(text, (char)byte);
		p = end + strspn(end, " ");
	}
	return p + 1;
}

static void
read_text(struct buf *text, const char *p)
{
	while (*p && *p != '\n') {
		if (*p == '<')
			p = read_bytes(text, p + 1);
		else
			buf_char(text, *p++);
	}
}

/* @OFFSET, or valid with the letters of its flags behind a colon. */
static struct verdict
read_verdict(const char *word)
{
	const char *flags = strchr(word, ':');

	if (*word == '@')
		return (struct verdict){.offset = strtoul(word + 1, NULL, 10)};
	return (struct verdict){.valid = strncmp(word, "valid", 5) == 0,
	    .flags = (flags && strchr(flags, 'e') ? JSON_ESCAPED : 0u) |
		     (flags && strchr(flags, 'l') ? JSON_LONE_SURROGATE : 0u) |
		     (flags && strchr(flags, 'n') ? JSON_INEXACT : 0u)};
}

static void
test_file(const char *name)
{
	char *line = NULL, clause[16], word[16];
	FILE *file = fopen(name, "r");
	size_t size = 0;
	int start;

	ok(file, "%s is there", name);
	while (file && getline(&line, &size, file) > 0) {
		struct buf text = {0};
		struct verdict expected;

		if (sscanf(line, "%15s %15s%n", clause, word, &start) != 2 || *clause == '#')
			continue;
		expected = read_verdict(word);
		read_text(&text, line + start + 1);
		line[strcspn(line, "\n")] = '\0';
		ok(judged(&text, &expected), "%s %s", name, line);
		buf_free(&text);
	}
	free(line);
	if (file)
		fclose(file);
}

int
main(void)
{
	test_file("tests/conformance/rfc8259");
	test_file("tests/conformance/rfc3629");
	return tap_done();
}
