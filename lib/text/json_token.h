// SPDX-License-Identifier: MIT
/*
 * The tokens of JSON: strings, numbers, literals and the blanks between them.
 *
 * Inline, because this is the inner loop of json_scan, and for its eyes only.
 * Each function takes the first byte of its token and gives the byte behind
 * it, or NULL with the place and the reason in *s. Nothing looks for the end
 * of the text: the control byte that stands there fits into no token, and
 * JSON_PAD bytes behind it may be read. What is rare is kept out of line.
 * May call: text/simd.
 */
#ifndef TEXT_JSON_TOKEN_H
#define TEXT_JSON_TOKEN_H

#include <string.h>

#include "text/json_scan.h"
#include "text/simd.h"

/* Every integer of 15 digits survives the way through a double; so does an exponent like this. */
#define EXACT_DIGITS 15
#define EXACT_EXPONENT 290

struct tokens {
	const char *end;    /* of the text */
	const char *at;     /* what cannot stand there … */
	const char *reason; /* … and why; NULL: nothing is wrong */
	unsigned flags;     /* of the scalar just read */
	unsigned all_flags;
};

__attribute__((cold, noinline)) static const char *
fail(struct tokens *s, const char *p, const char *reason)
{
	s->at = p < s->end ? p : s->end;
	s->reason = p < s->end ? reason : "unexpected end of the record";
	return NULL;
}

static inline const char *
skip_blanks(const struct tokens *s, const char *p)
{
	while ((unsigned char)*p <= ' ' && p < s->end &&
	       (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

static inline void
flag(struct tokens *s, unsigned flags)
{
	s->flags |= flags;
	s->all_flags |= flags;
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
unit_at(const char *p)
{
	int unit = 0;

	if (p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static inline bool
is_escape(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't': return true;
	}
	return false;
}

/* p is at a backslash. */
static inline const char *
escape_end(struct tokens *s, const char *p)
{
	int unit, low;

	flag(s, JSON_ESCAPED);
	if (p[1] != 'u') {
		if (!is_escape(p[1]))
			return fail(s, p + 1 < s->end ? p : s->end, "unknown escape in a string");
		return p + 2;
	}
	unit = unit_at(p);
	if (unit < 0)
		return fail(s, p, "\\u without four hex digits");
	p += 6;
	if (unit < 0xd800 || unit > 0xdfff)
		return p;
	low = unit < 0xdc00 ? unit_at(p) : -1;
	if (low >= 0xdc00 && low < 0xe000)
		return p + 6;
	flag(s, JSON_LONE_SURROGATE);
	return p;
}

/* p is at what is not plain in a string: the result is behind a run of it. */
__attribute__((noinline)) static const char *
special_end(struct tokens *s, const char *p)
{
	const char *start = p;

	while (p && *p == '\\')
		p = escape_end(s, p);
	if (p && (unsigned char)*p >= 0x80) {
		p = utf8_run_end(p);
		if (!p)
			return fail(s, start + utf8_invalid(start, (size_t)(s->end - start)),
			    "invalid UTF-8");
	}
	if (p == start)
		return fail(s, p, "unescaped control character in a string");
	return p;
}

/* p is behind the opening quote. */
static inline const char *
string_end(struct tokens *s, const char *p)
{
	s->flags = 0;
	while (p && *(p = plain_end(p)) != '"')
		p = special_end(s, p);
	return p ? p + 1 : NULL;
}

/* p is at the e. */
static inline const char *
exponent_end(struct tokens *s, const char *p)
{
	int exponent = 0;
	const char *digits;

	p++;
	p += *p == '+' || *p == '-';
	digits = p;
	p = digits_end(p);
	if (p == digits)
		return fail(s, p, "an exponent without digits");
	for (; digits < p && exponent <= EXACT_EXPONENT; digits++)
		exponent = exponent * 10 + (*digits - '0');
	if (exponent > EXACT_EXPONENT)
		flag(s, JSON_INEXACT);
	return p;
}

/* p is at a digit or a minus sign. */
static inline const char *
number_end(struct tokens *s, const char *p)
{
	const char *whole = p + (*p == '-'), *fraction;
	ptrdiff_t digits;

	s->flags = 0;
	p = digits_end(whole);
	digits = p - whole;
	if (digits == 0)
		return fail(s, p, "a minus sign without digits");
	if (*whole == '0' && digits > 1)
		return fail(s, whole, "a number with a leading zero");
	if (*p == '.') {
		fraction = p + 1;
		p = digits_end(fraction);
		if (p == fraction)
			return fail(s, p, "a decimal point without digits behind it");
		digits += p - fraction;
	}
	if (digits > EXACT_DIGITS)
		flag(s, JSON_INEXACT);
	return (*p | 0x20) == 'e' ? exponent_end(s, p) : p;
}

static inline const char *
literal_end(struct tokens *s, const char *p, const char *word, size_t n)
{
	s->flags = 0;
	return memcmp(p, word, n) == 0 ? p + n : fail(s, p, "not a JSON value");
}

#endif
