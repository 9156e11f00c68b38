// SPDX-License-Identifier: MIT
/*
 * The tokens of JSON: strings, numbers, literals and the blanks between them.
 *
 * Inline, because this is the inner loop of json_scan, and for its eyes only.
 * Each function leaves the cursor behind the token and returns true, or leaves
 * it at the byte that cannot stand there, with the reason, and returns false.
 * May call: text/utf8.
 */
#ifndef TEXT_JSON_TOKEN_H
#define TEXT_JSON_TOKEN_H

#include <string.h>
#if defined(__SSE2__) && !defined(JSON_PORTABLE)
#include <emmintrin.h>
#endif

#include "text/json_scan.h"
#include "text/utf8.h"

/* Every integer of 15 digits survives the way through a double; so does an exponent like this. */
#define EXACT_DIGITS 15
#define EXACT_EXPONENT 290

struct cursor {
	const char *p; /* the next byte */
	const char *end;
	const char *reason; /* why p cannot stand there */
	unsigned flags;     /* of the scalar just read */
	unsigned all_flags;
};

static inline bool
fail(struct cursor *c, const char *reason)
{
	c->reason = reason;
	return false;
}

static inline bool
fail_at(struct cursor *c, const char *p, const char *reason)
{
	c->p = p;
	return fail(c, reason);
}

static inline void
skip_blanks(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

/* The first byte at or behind p that is not plain inside a string: ", \, control, non-ASCII. */
static inline const char *
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

static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of the \uXXXX at p, or -1. */
static inline int
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

/* c->p is at a backslash. */
static inline bool
scan_escape(struct cursor *c)
{
	int unit;

	c->flags |= JSON_ESCAPED;
	if (c->end - c->p < 2)
		return fail_at(c, c->end, "unexpected end of the record in a string");
	if (c->p[1] != 'u') {
		if (!memchr("\"\\/bfnrt", c->p[1], 8))
			return fail(c, "unknown escape in a string");
		c->p += 2;
		return true;
	}
	unit = unit_at(c->p, c->end);
	if (unit < 0)
		return fail(c, "\\u without four hex digits");
	c->p += 6;
	if (unit >= 0xd800 && unit < 0xdc00) {
		int low = unit_at(c->p, c->end);

		if (low >= 0xdc00 && low < 0xe000) {
			c->p += 6;
			return true;
		}
	}
	if (unit >= 0xd800 && unit < 0xe000)
		c->flags |= JSON_LONE_SURROGATE;
	return true;
}

/* c->p is behind the opening quote; leaves it behind the closing one. */
static inline bool
scan_string(struct cursor *c)
{
	c->flags = 0;
	for (;;) {
		size_t length;

		c->p = plain_end(c->p, c->end);
		if (c->p == c->end)
			return fail(c, "unexpected end of the record in a string");
		if (*c->p == '"') {
			c->p++;
			c->all_flags |= c->flags;
			return true;
		}
		if (*c->p == '\\') {
			if (!scan_escape(c))
				return false;
			continue;
		}
		if ((unsigned char)*c->p < 0x20)
			return fail(c, "unescaped control character in a string");
		while (c->p < c->end && (unsigned char)*c->p >= 0x80) {
			length = utf8_length(c->p, c->end);
			if (!length)
				return fail(c, "invalid UTF-8");
			c->p += length;
		}
	}
}

static inline size_t
scan_digits(struct cursor *c)
{
	const char *start = c->p;

	while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		c->p++;
	return (size_t)(c->p - start);
}

static inline bool
scan_exponent(struct cursor *c)
{
	int64_t exponent = 0;
	const char *digits;

	c->p++;
	if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
		c->p++;
	digits = c->p;
	if (!scan_digits(c))
		return fail(c, "an exponent without digits");
	for (; digits < c->p && exponent <= EXACT_EXPONENT; digits++)
		exponent = exponent * 10 + (*digits - '0');
	if (exponent > EXACT_EXPONENT)
		c->flags |= JSON_INEXACT;
	return true;
}

static inline bool
scan_number(struct cursor *c)
{
	size_t whole, fraction = 0;

	c->flags = 0;
	if (*c->p == '-')
		c->p++;
	whole = scan_digits(c);
	if (!whole)
		return fail(c, "a minus sign without digits");
	if (whole > 1 && c->p[-(ptrdiff_t)whole] == '0')
		return fail_at(c, c->p - whole, "a number with a leading zero");
	if (c->p < c->end && *c->p == '.') {
		c->p++;
		fraction = scan_digits(c);
		if (!fraction)
			return fail(c, "a decimal point without digits behind it");
	}
	if (whole + fraction > EXACT_DIGITS)
		c->flags |= JSON_INEXACT;
	if (c->p < c->end && (*c->p | 0x20) == 'e' && !scan_exponent(c))
		return false;
	c->all_flags |= c->flags;
	return true;
}

static inline bool
scan_literal(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	c->flags = 0;
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return fail(c, "not a JSON value");
	c->p += n;
	return true;
}

#endif
