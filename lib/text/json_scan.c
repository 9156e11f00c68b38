// SPDX-License-Identifier: MIT
/*
 * The validator: one pass over the bytes. A text is a chain of values, keys and
 * closings; the only memory is a bit per level (object or array).
 */
#include "text/json_scan.h"

#include <string.h>
#if defined(__SSE2__) && !defined(JSON_PORTABLE)
#include <emmintrin.h>
#endif

#include "text/json_string.h"
#include "text/utf8.h"

/* Every integer of 15 digits survives the way through a double; so does an exponent like this. */
#define EXACT_DIGITS 15
#define EXACT_EXPONENT 290

struct scan {
	const char *p; /* the next byte */
	const char *end;
	const char *reason; /* why p cannot stand there */
	unsigned flags;     /* of the scalar just read */
	unsigned all_flags;
	size_t depth;
	uint64_t is_object[JSON_DEPTH_MAX / 64]; /* a bit per level */
	const struct slice *keys;
	size_t count;
	struct json_value *out;
	size_t wanted; /* the key whose value comes next at depth 1; count: none */
	const char *value_start;
};

static bool
fail(struct scan *s, const char *reason)
{
	s->reason = reason;
	return false;
}

static bool
fail_at(struct scan *s, const char *p, const char *reason)
{
	s->p = p;
	return fail(s, reason);
}

static void
skip_blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

/* The first byte at or behind p that is not plain inside a string: ", \, control, non-ASCII. */
static const char *
plain_end(const char *p, const char *end)
{
#if defined(__SSE2__) && !defined(JSON_PORTABLE)
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(0x20);

	for (; end - p >= 16; p += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* as signed bytes, those of 0x80 and above are below 0x20 too */
		__m128i special = _mm_or_si128(_mm_cmplt_epi8(x, space),
		    _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)));
		int mask = _mm_movemask_epi8(special);

		if (mask)
			return p + __builtin_ctz((unsigned)mask);
	}
#endif
	while (p < end && (unsigned char)(*p - 0x20) < 0x60 && *p != '"' && *p != '\\')
		p++;
	return p;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of the \uXXXX at p, or -1. */
static int
unit_at(const char *p, const char *end)
{
	int unit = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* s->p is at a backslash. */
static bool
scan_escape(struct scan *s)
{
	int unit;

	s->flags |= JSON_ESCAPED;
	if (s->end - s->p < 2)
		return fail_at(s, s->end, "unexpected end of the record in a string");
	if (s->p[1] != 'u') {
		if (!memchr("\"\\/bfnrt", s->p[1], 8))
			return fail(s, "unknown escape in a string");
		s->p += 2;
		return true;
	}
	unit = unit_at(s->p, s->end);
	if (unit < 0)
		return fail(s, "\\u without four hex digits");
	s->p += 6;
	if (unit >= 0xd800 && unit < 0xdc00) {
		int low = unit_at(s->p, s->end);

		if (low >= 0xdc00 && low < 0xe000) {
			s->p += 6;
			return true;
		}
	}
	if (unit >= 0xd800 && unit < 0xe000)
		s->flags |= JSON_LONE_SURROGATE;
	return true;
}

/* s->p is behind the opening quote; leaves it behind the closing one. */
static bool
scan_string(struct scan *s)
{
	s->flags = 0;
	for (;;) {
		size_t length;

		s->p = plain_end(s->p, s->end);
		if (s->p == s->end)
			return fail(s, "unexpected end of the record in a string");
		if (*s->p == '"') {
			s->p++;
			s->all_flags |= s->flags;
			return true;
		}
		if (*s->p == '\\') {
			if (!scan_escape(s))
				return false;
			continue;
		}
		if ((unsigned char)*s->p < 0x20)
			return fail(s, "unescaped control character in a string");
		while (s->p < s->end && (unsigned char)*s->p >= 0x80) {
			length = utf8_length(s->p, s->end);
			if (!length)
				return fail(s, "invalid UTF-8");
			s->p += length;
		}
	}
}

static size_t
scan_digits(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - start);
}

static bool
scan_exponent(struct scan *s)
{
	int64_t exponent = 0;
	const char *digits;

	s->p++;
	if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
		s->p++;
	digits = s->p;
	if (!scan_digits(s))
		return fail(s, "an exponent without digits");
	for (; digits < s->p && exponent <= EXACT_EXPONENT; digits++)
		exponent = exponent * 10 + (*digits - '0');
	if (exponent > EXACT_EXPONENT)
		s->flags |= JSON_INEXACT;
	return true;
}

static bool
scan_number(struct scan *s)
{
	size_t whole, fraction = 0;

	s->flags = 0;
	if (*s->p == '-')
		s->p++;
	whole = scan_digits(s);
	if (!whole)
		return fail(s, "a minus sign without digits");
	if (whole > 1 && s->p[-(ptrdiff_t)whole] == '0')
		return fail_at(s, s->p - whole, "a number with a leading zero");
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		fraction = scan_digits(s);
		if (!fraction)
			return fail(s, "a decimal point without digits behind it");
	}
	if (whole + fraction > EXACT_DIGITS)
		s->flags |= JSON_INEXACT;
	if (s->p < s->end && (*s->p | 0x20) == 'e' && !scan_exponent(s))
		return false;
	s->all_flags |= s->flags;
	return true;
}

static bool
scan_literal(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	s->flags = 0;
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return fail(s, "not a JSON value");
	s->p += n;
	return true;
}

static bool
in_object(const struct scan *s)
{
	size_t level = s->depth - 1;

	return s->is_object[level / 64] >> level % 64 & 1;
}

static bool
open_container(struct scan *s, bool object)
{
	uint64_t bit = (uint64_t)1 << s->depth % 64;

	if (s->depth == JSON_DEPTH_MAX)
		return fail(s, "nested too deep");
	if (object)
		s->is_object[s->depth / 64] |= bit;
	else
		s->is_object[s->depth / 64] &= ~bit;
	s->depth++;
	s->p++;
	return true;
}

/* Which of the wanted keys the token [start, s->p) is; s->count when none. */
static size_t
wanted_key(const struct scan *s, const char *start)
{
	struct json_value key = {start, (size_t)(s->p - start), JSON_STRING, s->flags};

	for (size_t i = 0; i < s->count; i++) {
		if (s->flags & JSON_ESCAPED ? json_string_is(&key, s->keys[i].p)
					    : slice_equal(json_inside(&key), s->keys[i]))
			return i;
	}
	return s->count;
}

/* A member's name and its colon. */
static bool
scan_key(struct scan *s)
{
	const char *start;

	skip_blanks(s);
	if (s->p == s->end)
		return fail(s, "unexpected end of the record");
	if (*s->p != '"')
		return fail(s, "expected a name in double quotes");
	start = s->p++;
	if (!scan_string(s))
		return false;
	if (s->depth == 1)
		s->wanted = wanted_key(s, start);
	skip_blanks(s);
	if (s->p == s->end)
		return fail(s, "unexpected end of the record");
	if (*s->p != ':')
		return fail(s, "expected ':' behind a name");
	s->p++;
	return true;
}

static enum json_kind
kind_of(char first)
{
	switch (first) {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_STRING;
	case 't': return JSON_TRUE;
	case 'f': return JSON_FALSE;
	case 'n': return JSON_NULL;
	}
	return JSON_NUMBER;
}

/* A scalar, or the opening of a container: *opened tells which. */
static bool
scan_value(struct scan *s, bool *opened)
{
	char c;

	skip_blanks(s);
	if (s->p == s->end)
		return fail(s, "unexpected end of the record");
	c = *s->p;
	if (s->depth == 1)
		s->value_start = s->p;
	*opened = c == '{' || c == '[';
	switch (c) {
	case '{':
	case '[': return open_container(s, c == '{');
	case '"': s->p++; return scan_string(s);
	case 't': return scan_literal(s, "true");
	case 'f': return scan_literal(s, "false");
	case 'n': return scan_literal(s, "null");
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(s);
	return fail(s, "not a JSON value");
}

/* A value at depth 1 is complete: hand it out if it was asked for. */
static void
keep_wanted(struct scan *s)
{
	struct json_value *v;

	if (s->wanted >= s->count)
		return;
	v = &s->out[s->wanted];
	*v = (struct json_value){s->value_start, (size_t)(s->p - s->value_start),
	    kind_of(*s->value_start), (v->kind ? JSON_DUPLICATE : 0) | s->flags};
	s->wanted = s->count;
}

/*
 * What follows a complete value: closings, then a comma and, in an object, the
 * next name. False at the end of the text (s->reason unset) or on an error.
 */
static bool
scan_after(struct scan *s)
{
	for (;;) {
		bool object;

		if (s->depth == 1)
			keep_wanted(s);
		if (s->depth == 0)
			return false;
		object = in_object(s);
		skip_blanks(s);
		if (s->p == s->end)
			return fail(s, "unexpected end of the record");
		if (*s->p == ',') {
			s->p++;
			return !object || scan_key(s);
		}
		if (*s->p != (object ? '}' : ']'))
			return fail(s, object ? "expected ',' or '}'" : "expected ',' or ']'");
		s->p++;
		s->depth--;
		s->flags = 0;
	}
}

/* Behind an opening: an empty container is complete, else its first name is read. */
static bool
scan_first(struct scan *s, bool *empty)
{
	bool object = in_object(s);

	skip_blanks(s);
	*empty = s->p < s->end && *s->p == (object ? '}' : ']');
	if (*empty) {
		s->p++;
		s->depth--;
		s->flags = 0;
		return true;
	}
	return !object || scan_key(s);
}

static void
scan_text(struct scan *s)
{
	for (;;) {
		bool opened, complete;

		if (!scan_value(s, &opened))
			return;
		complete = !opened;
		if (opened && !scan_first(s, &complete))
			return;
		if (complete && !scan_after(s))
			return;
	}
}

int
json_scan(const char *p, size_t n, const struct slice *keys, size_t count, struct json_value *out,
    struct json_value *whole, struct json_error *error)
{
	struct scan s = {
	    .p = p, .end = p + n, .keys = keys, .count = count, .out = out, .wanted = count};
	const char *start;

	for (size_t i = 0; i < count; i++)
		out[i] = (struct json_value){0};
	skip_blanks(&s);
	start = s.p;
	scan_text(&s);
	if (!s.reason) {
		if (whole)
			*whole = (struct json_value){
			    start, (size_t)(s.p - start), kind_of(*start), s.all_flags};
		skip_blanks(&s);
		if (s.p < s.end)
			fail(&s, "text after the value");
	}
	if (!s.reason)
		return 0;
	*error = (struct json_error){(size_t)(s.p - p), s.reason};
	return -1;
}
