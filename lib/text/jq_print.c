// SPDX-License-Identifier: MIT
/* What libjq would print, a run of bytes at a time. Numbers that are not short it prints itself. */
#include "text/jq_value.h"

#include <math.h>
#include <string.h>

#include "text/jq.h"
#include "text/json_string.h"

/* Below this an integer has at most 15 digits; down to this libjq writes no exponent. */
#define SHORT_MAX 1e15
#define SHORT_MIN 1e-4

/* Decimals are tried up to so many places: what people write. */
#define PLACES_MAX 6

/* libjq 1.7 and later: the value of such a number is less than its digits say. */
int jv_number_has_literal(jv number) __attribute__((weak));

static int print_value(struct buf *out, jv value, size_t depth);

static void
print_string(struct buf *out, jv string)
{
	size_t n = (size_t)jv_string_length_bytes(jv_copy(string));
	struct slice left = {jv_string_value(string), n};
	const char *del;

	buf_char(out, '"');
	while ((del = memchr(left.p, 0x7f, left.n))) {
		n = (size_t)(del - left.p);
		json_escape(out, (struct slice){left.p, n});
		buf_str(out, "\\u007f");
		left = (struct slice){del + 1, left.n - n - 1};
	}
	json_escape(out, left);
	buf_char(out, '"');
}

/* digits over 10^places, in plain digits. */
static void
print_decimal(struct buf *out, bool negative, uint64_t digits, int places)
{
	char text[24], *end = text + sizeof text, *p = end;

	for (int i = 0; i <= places || digits; i++, digits /= 10) {
		if (i && i == places)
			*--p = '.';
		*--p = (char)('0' + digits % 10);
	}
	if (negative)
		*--p = '-';
	buf_add(out, p, (size_t)(end - p));
}

/*
 * A decimal of up to 15 digits that gives this double is the only one, so it is
 * what libjq prints. False: there is none, or libjq would write an exponent.
 */
static bool
print_short(struct buf *out, double number)
{
	double size = fabs(number), power = 1;

	if (size != 0 && size < SHORT_MIN)
		return false;
	for (int places = 0; places <= PLACES_MAX; places++, power *= 10) {
		uint64_t digits;

		if (!(size * power < SHORT_MAX))
			return false;
		digits = (uint64_t)(size * power + 0.5);
		if ((double)digits / power == size) {
			print_decimal(out, signbit(number), digits, places);
			return true;
		}
	}
	return false;
}

static void
print_number(struct buf *out, jv number)
{
	jv text;

	if (!(jv_number_has_literal && jv_number_has_literal(number)) &&
	    print_short(out, jv_number_value(number)))
		return;
	text = jv_dump_string(jv_copy(number), 0);
	buf_str(out, jv_string_value(text));
	jv_free(text);
}

static int
print_array(struct buf *out, jv array, size_t depth)
{
	int status = 0, length = jv_array_length(jv_copy(array));

	buf_char(out, '[');
	for (int i = 0; i < length && status == 0; i++) {
		jv item = jv_array_get(jv_copy(array), i);

		if (i)
			buf_char(out, ',');
		status = print_value(out, item, depth);
		jv_free(item);
	}
	buf_char(out, ']');
	return status;
}

static int
print_object(struct buf *out, jv object, size_t depth)
{
	int status = 0, first = jv_object_iter(object);

	buf_char(out, '{');
	for (int i = first; jv_object_iter_valid(object, i) && status == 0;
	     i = jv_object_iter_next(object, i)) {
		jv name = jv_object_iter_key(object, i), value = jv_object_iter_value(object, i);

		if (i != first)
			buf_char(out, ',');
		print_string(out, name);
		buf_char(out, ':');
		status = print_value(out, value, depth);
		jv_free(name);
		jv_free(value);
	}
	buf_char(out, '}');
	return status;
}

static int
print_value(struct buf *out, jv value, size_t depth)
{
	switch (jv_get_kind(value)) {
	case JV_KIND_INVALID:
	case JV_KIND_NULL: buf_str(out, "null"); return 0;
	case JV_KIND_FALSE: buf_str(out, "false"); return 0;
	case JV_KIND_TRUE: buf_str(out, "true"); return 0;
	case JV_KIND_NUMBER: print_number(out, value); return 0;
	case JV_KIND_STRING: print_string(out, value); return 0;
	case JV_KIND_ARRAY: return depth == JQ_DEPTH_MAX ? -1 : print_array(out, value, depth + 1);
	case JV_KIND_OBJECT:
		return depth == JQ_DEPTH_MAX ? -1 : print_object(out, value, depth + 1);
	}
	return -1;
}

int
jq_print(struct buf *out, jv value)
{
	return print_value(out, value, 0);
}
