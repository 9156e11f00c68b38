// SPDX-License-Identifier: MIT
/*
 * JSON by raw slices: a strict validator of RFC 8259 and UTF-8 in one pass,
 * and walking over text that it has passed.
 *
 * No tree is built and nothing is copied: a value is the bytes that stand for
 * it in the text, so a number is never printed again and an unknown field
 * passes through as it came. json_scan checks a text from its first byte to
 * its last, without recursion, and hands out the members that are wanted. The
 * functions below it trust their input: they are for values of a
 * text that json_scan has accepted, and for nothing else.
 * Slices live as long as the text does.
 * May call: base/buf.
 */
#ifndef TEXT_JSON_SCAN_H
#define TEXT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Nesting beyond this is refused: far above real data, and a fixed stack of bits. */
#define JSON_DEPTH_MAX 1024

enum json_kind {
	JSON_NONE, /* absent */
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

enum json_flag {
	JSON_ESCAPED = 1,        /* a string with a backslash in it */
	JSON_LONE_SURROGATE = 2, /* \ud800 without its other half: legal JSON, no text */
	JSON_DUPLICATE = 4,      /* a wanted key stood more than once: this is the last */
	JSON_INEXACT = 8,        /* a number that a double may not hold exactly */
};

struct json_value {
	const char *p; /* the whole token: a string with its quotes */
	size_t n;
	enum json_kind kind;
	unsigned flags; /* of a scalar; of the whole text: what occurs anywhere in it */
};

/* The bytes of a value; absent when it is. */
static inline struct slice
json_raw(const struct json_value *v)
{
	return (struct slice){v->p, v->n};
}

/* A value of bytes that are known to be one. */
static inline struct json_value
json_of(struct slice raw, enum json_kind kind)
{
	return (struct json_value){raw.p, raw.n, kind, 0};
}

struct json_error {
	size_t offset;      /* of the byte that cannot stand there */
	const char *reason; /* static text */
};

/* Behind a text there is a control byte, and so many bytes may be read. A struct buf has them. */
#define JSON_PAD BUF_PAD

/*
 * A member that is wanted: `name` (a C string, compared decoded:
 * "\u0069d" is id) of the top-level object,
 * or, with `in` = k > 0, of the object that wants[k - 1] is.
 */
struct json_want {
	struct slice name;
	size_t in;
};

/* For tables of them. The most are JSON_WANTS_MAX. */
/* clang-format off */
#define JSON_WANT(name) {SLICE_INIT(name), 0}
#define JSON_WANT_IN(name, in) {SLICE_INIT(name), in}
/* clang-format on */
#define JSON_WANTS_MAX 64

/* A list of them that is put together at run time. */
struct json_wants {
	struct json_want items[JSON_WANTS_MAX];
	size_t count;
};

/*
 * The place of such a member in the list and thus in json_scan's out, added to it
 * if need be; JSON_WANTS_MAX when the list is full. The name is borrowed.
 */
size_t json_wants_add(struct json_wants *wants, const char *name, size_t in);

/*
 * Checks the text to be one JSON text, blanks around it allowed. Returns 0
 * with the value in *whole, which may be NULL, or -1 with *error. The text lies in a
 * struct buf, or has JSON_PAD readable bytes behind it, of which the first is a
 * control byte (NUL, \n, \r).
 */
int json_scan(struct slice text, struct json_value *whole, struct json_error *error);

/*
 * Names of the texts before, and which came behind which: records of one kind
 * repeat them (a quarter of the scan of short log records). Zeroed it is empty;
 * it belongs to one list of wants. See text/json_names.h.
 */
#define JSON_NAMES 128

struct json_names {
	struct json_name {
		char bytes[16];   /* with its quotes and colon */
		uint32_t mask;    /* a bit for each of them */
		unsigned char n;  /* 0: nothing is here */
		unsigned char in; /* what kind of object it is in, and what is wanted there */
		unsigned char want;
		unsigned char next; /* where the name is that came behind it */
	} known[JSON_NAMES];
};

/*
 * The same, with the members that are wanted in out[0..count), of kind JSON_NONE when
 * absent. names may be NULL.
 */
int json_scan_members(struct json_names *names, struct slice text, const struct json_want *wants,
    size_t count, struct json_value *out, struct json_value *whole, struct json_error *error);

struct json_iter {
	const char *p;
	const char *end;
};

/* Over the members of an object or the items of an array; over nothing for other kinds. */
struct json_iter json_iter(const struct json_value *container);
/* The next one, or false at the end. For an array's item key->kind is JSON_NONE. */
bool json_next(struct json_iter *it, struct json_value *key, struct json_value *value);

/* The last member of that name, JSON_NONE when absent or when this is no object. */
struct json_value json_get(const struct json_value *object, const char *key);
struct json_value json_at(const struct json_value *array, size_t index);
size_t json_count(const struct json_value *container);

bool json_string_is(const struct json_value *string, const char *text); /* decoded */
/* What stands between the quotes, escaped as it came; absent for other kinds. */
struct slice json_inside(const struct json_value *string);
/* A fraction is cut off. `otherwise` where it is none, or too great. */
int64_t json_int(const struct json_value *number, int64_t otherwise);
/* A number that is written in digits alone; -1 where it is none, or too great. */
int64_t json_natural(const struct json_value *number);

const char *json_kind_name(enum json_kind kind); /* "a string", "null", "an object" … */

#endif
