// SPDX-License-Identifier: MIT
/*
 * The validator: one pass over the bytes. A text is a chain of values, keys and
 * closings; the only memory is a bit per level (object or array).
 */
#include "text/json_scan.h"

#include "text/json_string.h"
#include "text/json_token.h"

struct scan {
	struct cursor c;
	size_t depth;
	uint64_t is_object[JSON_DEPTH_MAX / 64]; /* a bit per level */
	const struct slice *keys;
	size_t count;
	struct json_value *out;
	size_t wanted; /* the key whose value comes next at depth 1; count: none */
	const char *value_start;
};

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
		return fail(&s->c, "nested too deep");
	if (object)
		s->is_object[s->depth / 64] |= bit;
	else
		s->is_object[s->depth / 64] &= ~bit;
	s->depth++;
	s->c.p++;
	return true;
}

/* Which of the wanted keys the token [start, s->c.p) is; s->count when none. */
static size_t
wanted_key(const struct scan *s, const char *start)
{
	struct json_value key = {start, (size_t)(s->c.p - start), JSON_STRING, s->c.flags};

	for (size_t i = 0; i < s->count; i++) {
		if (s->c.flags & JSON_ESCAPED ? json_string_is(&key, s->keys[i].p)
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

	skip_blanks(&s->c);
	if (s->c.p == s->c.end)
		return fail(&s->c, "unexpected end of the record");
	if (*s->c.p != '"')
		return fail(&s->c, "expected a name in double quotes");
	start = s->c.p++;
	if (!scan_string(&s->c))
		return false;
	if (s->depth == 1)
		s->wanted = wanted_key(s, start);
	skip_blanks(&s->c);
	if (s->c.p == s->c.end)
		return fail(&s->c, "unexpected end of the record");
	if (*s->c.p != ':')
		return fail(&s->c, "expected ':' behind a name");
	s->c.p++;
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

	skip_blanks(&s->c);
	if (s->c.p == s->c.end)
		return fail(&s->c, "unexpected end of the record");
	c = *s->c.p;
	if (s->depth == 1)
		s->value_start = s->c.p;
	*opened = c == '{' || c == '[';
	switch (c) {
	case '{':
	case '[': return open_container(s, c == '{');
	case '"': s->c.p++; return scan_string(&s->c);
	case 't': return scan_literal(&s->c, "true");
	case 'f': return scan_literal(&s->c, "false");
	case 'n': return scan_literal(&s->c, "null");
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(&s->c);
	return fail(&s->c, "not a JSON value");
}

/* A value at depth 1 is complete: hand it out if it was asked for. */
static void
keep_wanted(struct scan *s)
{
	struct json_value *v;

	if (s->wanted >= s->count)
		return;
	v = &s->out[s->wanted];
	*v = (struct json_value){s->value_start, (size_t)(s->c.p - s->value_start),
	    kind_of(*s->value_start), (v->kind ? JSON_DUPLICATE : 0) | s->c.flags};
	s->wanted = s->count;
}

/*
 * What follows a complete value: closings, then a comma and, in an object, the
 * next name. False at the end of the text (s->c.reason unset) or on an error.
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
		skip_blanks(&s->c);
		if (s->c.p == s->c.end)
			return fail(&s->c, "unexpected end of the record");
		if (*s->c.p == ',') {
			s->c.p++;
			return !object || scan_key(s);
		}
		if (*s->c.p != (object ? '}' : ']'))
			return fail(&s->c, object ? "expected ',' or '}'" : "expected ',' or ']'");
		s->c.p++;
		s->depth--;
		s->c.flags = 0;
	}
}

/* Behind an opening: an empty container is complete, else its first name is read. */
static bool
scan_first(struct scan *s, bool *empty)
{
	bool object = in_object(s);

	skip_blanks(&s->c);
	*empty = s->c.p < s->c.end && *s->c.p == (object ? '}' : ']');
	if (*empty) {
		s->c.p++;
		s->depth--;
		s->c.flags = 0;
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
	    .c = {.p = p, .end = p + n}, .keys = keys, .count = count, .out = out, .wanted = count};
	const char *start;

	for (size_t i = 0; i < count; i++)
		out[i] = (struct json_value){0};
	skip_blanks(&s.c);
	start = s.c.p;
	scan_text(&s);
	if (!s.c.reason) {
		if (whole)
			*whole = (struct json_value){
			    start, (size_t)(s.c.p - start), kind_of(*start), s.c.all_flags};
		skip_blanks(&s.c);
		if (s.c.p < s.c.end)
			fail(&s.c, "text after the value");
	}
	if (!s.c.reason)
		return 0;
	*error = (struct json_error){(size_t)(s.c.p - p), s.c.reason};
	return -1;
}
