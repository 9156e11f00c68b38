// SPDX-License-Identifier: MIT
/*
 * Growable bytes with a ceiling, and slices: borrowed runs of bytes.
 *
 * A zeroed struct buf is an empty buffer without a ceiling and valid to use
 * and to free; `max` is one. An append that would pass the ceiling adds
 * nothing and sets `over`, which stays set until buf_reset: a chain of
 * appends is checked once, at its end. data is followed by a NUL whenever it
 * is not NULL, and by so much room that BUF_PAD bytes from there on may be read:
 * blocks of them are looked at in one go. Adding to a buffer moves its bytes:
 * slices into it die.
 * May call: base/mem.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p; /* NULL: absent, which is not the same as empty */
	size_t n;
};

/* clang-format off */
#define SLICE_INIT(literal) {"" literal, sizeof(literal) - 1} /* for static tables */
/* clang-format on */
#define SLICE(literal) ((struct slice)SLICE_INIT(literal))

struct slice slice_of(const char *text); /* of a C string; absent for NULL */
bool slice_equal(struct slice a, struct slice b);
bool slice_is(struct slice s, const char *text);
bool slice_starts(struct slice s, const char *prefix);
/* The place of needle in s, or NULL; an absent slice holds nothing. */
const char *slice_find(struct slice s, const char *needle);

/* One vector's worth. */
#define BUF_PAD 16

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t below; /* what len stays below while there is room: follows from cap and max */
	size_t max;   /* the ceiling of len, which the owner may set; 0: none */
	bool over;    /* an append did not fit under max */
};

void buf_free(struct buf *b);
static inline void buf_reset(struct buf *b); /* empty again, memory kept */
void buf_trim(struct buf *b, size_t most); /* frees memory beyond so many bytes: it is empty then */
char *buf_take(struct buf *b);             /* the bytes and their NUL, now the caller's to free */
void buf_swap(struct buf *a, struct buf *b);

/* Room for n more bytes at data + len, NULL when over the ceiling; n of them have been put there. */
static inline char *buf_room(struct buf *b, size_t n);
static inline void buf_filled(struct buf *b, size_t n);
static inline void buf_add(struct buf *b, const void *bytes, size_t n);
static inline void buf_slice(struct buf *b, struct slice s);
static inline void buf_str(struct buf *b, const char *text);
static inline void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t value);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args);
void buf_drop(struct buf *b, size_t n);  /* removes the first n bytes */
void buf_cut(struct buf *b, size_t len); /* removes what stands behind the first len bytes */

static inline struct slice buf_view(const struct buf *b);

/* Inline, because records are put together of short runs of bytes. */

char *buf_more_room(struct buf *b, size_t n); /* for buf_room only */

static inline char *
buf_room(struct buf *b, size_t n)
{
	return b->len + n < b->below ? b->data + b->len : buf_more_room(b, n);
}

static inline void
buf_filled(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = '\0';
}

static inline void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	char *to = buf_room(b, n);

	if (!to)
		return;
	if (n)
		memcpy(to, bytes, n);
	buf_filled(b, n);
}

static inline void
buf_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.p, s.n);
}

static inline void
buf_str(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

static inline void
buf_char(struct buf *b, char c)
{
	char *to = buf_room(b, 1);

	if (!to)
		return;
	to[0] = c;
	to[1] = '\0';
	b->len++;
}

static inline void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->over = false;
	if (b->data)
		b->data[0] = '\0';
}

extern const char buf_nothing[BUF_PAD];

static inline struct slice
buf_view(const struct buf *b)
{
	return (struct slice){b->data ? b->data : buf_nothing, b->len};
}

#endif
