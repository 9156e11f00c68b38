// SPDX-License-Identifier: MIT
/*
 * Growth doubles; every append goes through buf_room, and what does not fit at once
 * through buf_more_room, which is where the ceiling is kept.
 */
#include "base/buf.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The first allocation: most buffers hold a record of a line or two. */
#define BUF_FIRST_BYTES 256

const char buf_nothing[BUF_PAD];

struct slice
slice_of(const char *text)
{
	return (struct slice){text, text ? strlen(text) : 0};
}

bool
slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.p == b.p || a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
slice_is(struct slice s, const char *text)
{
	return s.p && slice_equal(s, slice_of(text));
}

bool
slice_starts(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

const char *
slice_find(struct slice s, const char *needle)
{
	return s.p ? memmem(s.p, s.n, needle, strlen(needle)) : NULL;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.max = b->max};
}

void
buf_trim(struct buf *b, size_t most)
{
	if (b->cap > most)
		buf_free(b);
}

char *
buf_take(struct buf *b)
{
	char *data = b->data ? b->data : mem_dup("", 0);

	*b = (struct buf){.max = b->max};
	return data;
}

void
buf_swap(struct buf *a, struct buf *b)
{
	struct buf t = *a;

	*a = *b;
	*b = t;
}

static void
grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST_BYTES;

	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	b->data = mem_resize(b->data, cap, 1);
	b->cap = cap;
}

char *
buf_more_room(struct buf *b, size_t n)
{
	if (n > SIZE_MAX - BUF_PAD - b->len)
		mem_exhausted();
	if (b->max && b->len + n > b->max)
		b->over = true;
	if (b->over) {
		b->below = 0;
		return NULL;
	}
	if (b->len + n + BUF_PAD > b->cap)
		grow(b, b->len + n + BUF_PAD);
	b->below = b->cap - BUF_PAD + 1;
	if (b->max && b->max < b->below)
		b->below = b->max + 1;
	return b->data + b->len;
}

void
buf_u64(struct buf *b, uint64_t value)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	buf_add(b, digits + at, sizeof digits - at);
}

void
buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	char *to;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	assert(n >= 0);
	to = buf_room(b, (size_t)n);
	if (to) {
		vsnprintf(to, (size_t)n + 1, format, again);
		buf_filled(b, (size_t)n);
	}
	va_end(again);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

void
buf_drop(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
}

void
buf_cut(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
	if (b->data)
		b->data[len] = '\0';
}
