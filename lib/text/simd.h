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

static inline __m128i
or16(__m128i a, __m128i b)
{
	return _mm_or_si128(a, b);
}

static inline __m128i
is16(__m128i x, int byte)
{
	return _mm_cmpeq_epi8(x, _mm_set1_epi8((char)byte));
}

static inline unsigned
equal16(__m128i x, int byte)
{
	return mask16(is16(x, byte));
}

/* Which of the 16 bytes at a are those at b? */
static inline unsigned
same16(const char *a, const char *b)
{
	return mask16(_mm_cmpeq_epi8(load16(a), load16(b)));
}

static inline const char *
plain_end(const char *p)
{
	for (;; p += 16) {
		__m128i x = load16(p);
		/* signed: what is not ASCII is below a space too, and so negative */
		__m128i special = or16(
		    _mm_subs_epi8(x, _mm_set1_epi8(' ')), or16(is16(x, '"'), is16(x, '\\')));
		unsigned mask = mask16(special);

		if (mask)
			return p + (unsigned)__builtin_ctz(mask);
	}
}

static inline const char *
digits_end(const char *p)
{
	for (;; p += 16) {
		/* moved so that the digits are the lowest of signed bytes */
		__m128i x = _mm_sub_epi8(load16(p), _mm_set1_epi8((char)('0' + 0x80)));
		unsigned mask = mask16(_mm_cmpgt_epi8(x, _mm_set1_epi8(9 - 0x80)));

		if (mask)
			return p + (unsigned)__builtin_ctz(mask);
	}
}

/* Bytes count as signed here: from 0x80 on they are negative. */
static inline __m128i
below16(__m128i x, int byte)
{
	return _mm_cmplt_epi8(x, _mm_set1_epi8((char)byte));
}

/* What is beyond the byte, or 0. */
static inline __m128i
beyond16(__m128i x, int byte)
{
	return _mm_subs_epu8(x, _mm_set1_epi8((char)byte));
}

/*
 * Which of the bytes of x cannot stand behind those one, two and three places before them
 * (RFC 3629, section 4)? Tails stand where leads ask for them, and nowhere else; four leads
 * take some tails only, and a few bytes stand nowhere.
 */
static inline unsigned
utf8_wrong16(__m128i x, __m128i one, __m128i two, __m128i three)
{
	__m128i needed = or16(
	    beyond16(one, 0xbf), or16(beyond16(two, 0xdf), beyond16(three, 0xef)));
	__m128i wrong = _mm_cmpeq_epi8(below16(x, 0xc0), is16(needed, 0));
	__m128i below_90 = below16(x, 0x90), below_a0 = below16(x, 0xa0);

	wrong = or16(wrong, _mm_and_si128(is16(one, 0xe0), below_a0));
	wrong = or16(wrong, _mm_andnot_si128(below_a0, is16(one, 0xed)));
	wrong = or16(wrong, _mm_and_si128(is16(one, 0xf0), below_90));
	wrong = or16(wrong, _mm_andnot_si128(below_90, is16(one, 0xf4)));
	wrong = or16(wrong, or16(is16(x, 0xc0), is16(x, 0xc1)));
	return mask16(or16(wrong, _mm_cmpeq_epi8(_mm_max_epu8(x, _mm_set1_epi8((char)0xf5)), x)));
}

/* The same of the 16 bytes at p, in a run that begins at `start`, at a character's first byte. */
static inline unsigned
utf8_wrong_at(const char *p, const char *start)
{
	__m128i x = load16(p);

	if (p == start)
		return utf8_wrong16(
		    x, _mm_slli_si128(x, 1), _mm_slli_si128(x, 2), _mm_slli_si128(x, 3));
	return utf8_wrong16(x, load16(p - 1), load16(p - 2), load16(p - 3));
}

/* What ends a run in a string: " \ and control. */
static inline unsigned
stops16(__m128i x)
{
	__m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);

	return mask16(or16(control, or16(is16(x, '"'), is16(x, '\\'))));
}

static inline const char *
utf8_run_end(const char *p)
{
	for (const char *start = p;; p += 16) {
		__m128i x = load16(p);
		unsigned stops = stops16(x), wrong = utf8_wrong_at(p, start);

		/* a byte that stops may be wrong itself, where a tail is needed */
		if (wrong & (stops ^ (stops - 1)))
			return NULL;
		if (stops)
			return p + (unsigned)__builtin_ctz(stops);
		if (!mask16(x))
			return p;
	}
}

/* Goes back from p, behind valid bytes, to the first byte of a character that may go on there. */
static inline const char *
utf8_valid_end(const char *p, const char *end)
{
	const char *start = p, *whole;

	while (end - p >= 16 && !utf8_wrong_at(p, start))
		p += 16;
	whole = p == start ? p : p - 3;
	while (whole < p && (*whole & 0xc0) == 0x80)
		whole++;
	return whole;
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
