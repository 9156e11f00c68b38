// SPDX-License-Identifier: MIT
/* Text that is known to be JSON needs no checks but one: how deep it goes. */
#include "text/jq_value.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/jq.h"
#include "text/json_string.h"

/* libjq counts in ints, and twice the length of a string that grows. */
#define TEXT_MAX_BYTES (INT_MAX / 4)

/* Longer names are not kept. */
#define NAME_MAX_BYTES 64

/* A double holds each integer of so many digits, and each such power of ten. */
#define EXACT_DIGITS 15

/* libjq 1.7 and later keep the digits of a number; 1.6 has no such function. */
jv jv_number_with_literal(const char *text) __attribute__((weak));

static jv build_value(struct jq_builder *b);

static void
skip_blanks(struct jq_builder *b)
{
	while (*b->p == ' ' || *b->p == '\t' || *b->p == '\n' || *b->p == '\r')
		b->p++;
}

/* What stands between the quotes; leaves b->p behind them. */
static struct slice
take_inside(struct jq_builder *b, bool *escaped)
{
	const char *start = b->p + 1, *quote = json_closing_quote(b->p);

	b->p = quote + 1;
	*escaped = memchr(start, '\\', (size_t)(quote - start));
	return (struct slice){start, (size_t)(quote - start)};
}

static jv
string_of(struct jq_builder *b, struct slice inside, bool escaped)
{
	if (!escaped)
		return jv_string_sized(inside.p, (int)inside.n);
	buf_reset(&b->text);
	if (json_unescape(&b->text, inside))
		b->losses |= JQ_LONE_SURROGATE;
	return jv_string_sized(buf_view(&b->text).p, (int)b->text.len);
}

static jv
build_string(struct jq_builder *b)
{
	bool escaped;
	struct slice inside = take_inside(b, &escaped);

	return string_of(b, inside, escaped);
}

static struct jq_name *
place_of(struct jq_builder *b, struct slice name)
{
	size_t hash = name.n;

	for (size_t i = 0; i < name.n; i++)
		hash = hash * 31 + (unsigned char)name.p[i];
	return &b->names[(hash ^ hash >> 8) % JQ_NAMES];
}

static jv
build_name(struct jq_builder *b)
{
	bool escaped;
	struct slice inside = take_inside(b, &escaped);
	struct jq_name *name;

	if (escaped || inside.n > NAME_MAX_BYTES)
		return string_of(b, inside, escaped);
	name = place_of(b, inside);
	if (!name->text.p || !slice_equal(name->text, inside)) {
		if (name->text.p)
			jv_free(name->value);
		name->value = jv_string_sized(inside.p, (int)inside.n);
		name->text = (struct slice){jv_string_value(name->value), inside.n};
	}
	return jv_copy(name->value);
}

/*
 * A number that is not short: by its digits where libjq keeps them, else the
 * nearest double. `mantissa` tells a zero.
 */
static jv
build_long_number(struct jq_builder *b, struct slice text, size_t digits, int64_t mantissa)
{
	double number;

	buf_reset(&b->text);
	buf_slice(&b->text, text);
	if (jv_number_with_literal)
		return jv_number_with_literal(b->text.data);
	number = strtod(b->text.data, NULL);
	if (digits > EXACT_DIGITS || (mantissa && !isnormal(number)))
		b->losses |= JQ_INEXACT;
	return jv_number(number);
}

/* Up to 15 digits, perhaps with a point among them, are one exact division. */
static jv
build_number(struct jq_builder *b)
{
	static const double powers[EXACT_DIGITS] = {
	    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
	const char *start = b->p, *point = NULL;
	int64_t mantissa = 0;
	size_t digits = 0;
	double number;

	for (b->p += *start == '-'; b->p < b->end; b->p++) {
		if (*b->p == '.')
			point = b->p;
		else if (*b->p < '0' || *b->p > '9')
			break;
		else if (digits++ < EXACT_DIGITS)
			mantissa = mantissa * 10 + (*b->p - '0');
	}
	if (digits > EXACT_DIGITS || (b->p < b->end && (*b->p | 0x20) == 'e')) {
		while (b->p < b->end && memchr("+-eE0123456789", *b->p, 14))
			b->p++;
		return build_long_number(
		    b, (struct slice){start, (size_t)(b->p - start)}, digits, mantissa);
	}
	number = (double)mantissa / powers[point ? b->p - point - 1 : 0];
	return jv_number(*start == '-' ? -number : number);
}

static jv
build_array(struct jq_builder *b)
{
	jv array = jv_array();

	b->p++;
	skip_blanks(b);
	while (*b->p != ']' && b->depth <= JQ_DEPTH_MAX) {
		b->p += *b->p == ',';
		array = jv_array_append(array, build_value(b));
		skip_blanks(b);
	}
	return array;
}

static jv
build_object(struct jq_builder *b)
{
	jv object = jv_object(), name;

	b->p++;
	skip_blanks(b);
	while (*b->p != '}' && b->depth <= JQ_DEPTH_MAX) {
		b->p += *b->p == ',';
		skip_blanks(b);
		name = build_name(b);
		skip_blanks(b);
		b->p++;
		object = jv_object_set(object, name, build_value(b));
		skip_blanks(b);
	}
	return object;
}

/* One level deeper. Beyond the deepest nothing is read any more, on the way out neither. */
static jv
build_container(struct jq_builder *b)
{
	jv container;

	if (++b->depth > JQ_DEPTH_MAX)
		return jv_null();
	container = *b->p == '{' ? build_object(b) : build_array(b);
	if (b->depth > JQ_DEPTH_MAX)
		return container;
	b->depth--;
	b->p++;
	return container;
}

static jv
build_value(struct jq_builder *b)
{
	skip_blanks(b);
	switch (*b->p) {
	case '{':
	case '[': return build_container(b);
	case '"': return build_string(b);
	case 't': b->p += 4; return jv_true();
	case 'f': b->p += 5; return jv_false();
	case 'n': b->p += 4; return jv_null();
	}
	return build_number(b);
}

int
jq_build(struct jq_builder *b, struct slice json, jv *out, struct buf *reason)
{
	b->p = json.p;
	b->end = json.p + json.n;
	b->depth = 0;
	b->losses = 0;
	if (json.n > TEXT_MAX_BYTES) {
		buf_printf(reason, "longer than the %d MiB of libjq", TEXT_MAX_BYTES >> 20);
		return -1;
	}
	*out = build_value(b);
	if (b->depth == 0)
		return 0;
	jv_free(*out);
	buf_printf(reason, "nested deeper than the %d levels of libjq", JQ_DEPTH_MAX);
	return -1;
}

void
jq_builder_free(struct jq_builder *b)
{
	for (size_t i = 0; i < JQ_NAMES; i++) {
		if (b->names[i].text.p)
			jv_free(b->names[i].value);
	}
	buf_free(&b->text);
}
