// SPDX-License-Identifier: MIT
/*
 * The inner loops over text, sixteen bytes at once with SSE2, else byte by byte.
 *
 * Each has both forms, with the same answers; JSON_PORTABLE chooses the second
 * one, which is that of all other machines too. Those without an `end` stop at a
 * control byte, and read up to 15 bytes behind it.
 * May call: text/utf8.
 */
#ifndef TEXT_SIMD_H
#define TEXT_SIMD_H

#if defined(__SSE2__) && !defined(JSON_PORTABLE)
#define TEXT_SSE2
#include <emmintrin.h>
#endif

#include "text/utf8.h"

/* Of the functions below, what plain_end stops at is: " \ control and non-ASCII. */
static inline const char *plain_end(const char *p);
/* p is behind a run of decimal digits. */
static inline const char *digits_end(const char *p);
/*
 * p is at a character beyond ASCII: the result is behind it and more of the
 * string, at a character's first byte; NULL when a sequence is not valid.
 */
static inline const char *utf8_run_end(const char *p);
/* The end of a run of valid UTF-8 of 16 bytes or more; may stop early. */
static inline const char *utf8_valid_end(const char *p, const char *end);
/* The end of a run of what needs no escape in a string: all but " \ and control. */
static inline const char *unescaped_end(const char *p, const char *end);

#ifdef TEXT_SSE2

static inline __m128i
load16(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline unsigned
mask16(__m128i bytes)
{
	return (unsigned)_mm_movemask_epi8(bytes);
}

static inline unsigned
equal16(__m128i x, int byte)
{
	return mask16(_mm_cmpeq_epi8(x, _mm_set1_epi8((char)byte)));
}

/* Which of the 16 bytes at a are those at b? */
static inline unsigned
same16(const char *a, const char *b)
{
	return mask16(_mm_cmpeq_epi8(load16(a), load16(b)));
}

/* Bytes count as signed here: from 0x80 on they are negative. */
static inline unsigned
less16(__m128i x, int byte)
{
	return mask16(_mm_cmplt_epi8(x, _mm_set1_epi8((char)byte)));
}

/* Bytes from `byte` on, which is 0x81 or more. */
static inline unsigned
from16(__m128i x, int byte)
{
	return mask16(x) & ~less16(x, byte);
}

static inline const char *
plain_end(const char *p)
{
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(' ');

	for (;; p += 16) {
		__m128i x = load16(p);
		/* signed: what is not ASCII is below a space too, and so negative */
		__m128i special = _mm_or_si128(_mm_subs_epi8(x, space),
		    _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)));
		unsigned mask = mask16(special);

		if (mask)
			return p + (unsigned)__builtin_ctz(mask);
	}
}

static inline const char *
digits_end(const char *p)
{
	for (;; p += 16) {
		__m128i x = _mm_sub_epi8(load16(p), _mm_set1_epi8('0'));
		__m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(9)), x);
		unsigned mask = ~mask16(digit) & 0xffff;

		if (mask)
			return p + (unsigned)__builtin_ctz(mask);
	}
}

/*
 * How many of the first n bytes of x, which begins with a character's first
 * byte, are valid UTF-8: all, without a last character that goes on behind
 * the 16th; or 0 when something is wrong. Each bit of the masks is a byte: tails
 * must stand where leads ask for them, and nowhere else (RFC 3629, section 4).
 */
static inline size_t
utf8_block(__m128i x, size_t n)
{
	unsigned tail = less16(x, 0xc0), lead = mask16(x) & ~tail;
	unsigned needed = lead << 1 | from16(x, 0xe0) << 2 | from16(x, 0xf0) << 3;
	unsigned below_90 = less16(x, 0x90), below_a0 = less16(x, 0xa0);
	unsigned bad = equal16(x, 0xc0) | equal16(x, 0xc1) | from16(x, 0xf5) |
		       (equal16(x, 0xe0) << 1 & below_a0) | (equal16(x, 0xed) << 1 & ~below_a0) |
		       (equal16(x, 0xf0) << 1 & below_90) | (equal16(x, 0xf4) << 1 & ~below_90);

	if (n == 16 && needed >> 16)
		n = 31 - (size_t)__builtin_clz(lead);
	/* and the byte behind them: it may not be needed */
	return ((needed ^ tail) | bad) & ((2U << n) - 1) ? 0 : n;
}

/* What ends a run in a string: " \ and control. */
static inline unsigned
stops16(__m128i x)
{
	return mask16(_mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x)) | equal16(x, '"') |
	       equal16(x, '\\');
}

static inline const char *
utf8_run_end(const char *p)
{
	for (;;) {
		__m128i x = load16(p);
		unsigned stops = stops16(x);
		size_t n = stops ? (size_t)__builtin_ctz(stops) : 16, valid;

		if (!(mask16(x) & ((1U << n) - 1)))
			return p;
		valid = utf8_block(x, n);
		if (!valid)
			return NULL;
		p += valid;
	}
}

static inline const char *
utf8_valid_end(const char *p, const char *end)
{
	size_t valid = 1;

	for (; valid && end - p >= 16; p += valid)
		valid = utf8_block(load16(p), 16);
	return p;
}

#else

static inline const char *
plain_end(const char *p)
{
	while ((unsigned char)(*p - 0x20) < 0x60 && *p != '"' && *p != '\\')
		p++;
	return p;
}

static inline const char *
digits_end(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

static inline const char *
utf8_run_end(const char *p)
{
	while ((unsigned char)*p >= 0x80) {
		size_t length = utf8_length(p, p + 4);

		if (!length)
			return NULL;
		p += length;
	}
	return p;
}

static inline const char *
utf8_valid_end(const char *p, const char *end)
{
	(void)end;
	return p;
}

#endif

static inline const char *
unescaped_end(const char *p, const char *end)
{
#ifdef TEXT_SSE2
	for (; end - p >= 16; p += 16) {
		unsigned stops = stops16(load16(p));

		if (stops)
			return p + (unsigned)__builtin_ctz(stops);
	}
#endif
	while (p < end && (unsigned char)*p >= 0x20 && *p != '"' && *p != '\\')
		p++;
	return p;
}

#endif
