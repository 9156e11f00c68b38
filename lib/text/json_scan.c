// SPDX-License-Identifier: MIT
/*
 * The validator: one pass over the bytes. A text is a chain of values, names and
 * closings; the memory is two bytes per level: what it is, and what waits for its
 * end.
 */
#include "text/json_scan.h"

#include "text/json_string.h"
#include "text/json_token.h"

/* What the scan is inside of. An object whose members may be wanted is OBJECT + 1 + their `in`. */
enum { ARRAY, OBJECT, WANTED };

/* No member is wanted here. */
#define NONE JSON_WANTS_MAX

/* Its levels are 2 KB, and the compiler's zeroing of all that is on the stack would cost more than
 * many a record. */
#define UNINITIALIZED __attribute__((uninitialized))

struct scan {
	struct tokens t;
	const struct json_want *wants;
	size_t count;
	struct json_value *out;
	uint64_t filter; /* a bit for each name that is wanted, by hint() */
	unsigned inside;
	unsigned want; /* which one the value that comes next is */
	size_t depth;
	struct {
		unsigned char inside, want; /* of the level above */
	} levels[JSON_DEPTH_MAX];
};

/* A bit of 64 that tells most names apart: their place, length and first byte. */
static inline uint64_t
hint(size_t in, const char *name, size_t n)
{
	return (uint64_t)1 << ((in * 5 + n * 11 + (n ? (unsigned char)*name : 0)) & 63);
}

/* Something wanted stands twice: the last one counts, and with it what is in it. */
__attribute__((cold, noinline)) static void
forget(struct scan *s, size_t want)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->wants[i].in != want + 1 || s->out[i].kind == JSON_NONE)
			continue;
		s->out[i] = (struct json_value){0};
		forget(s, i);
	}
}

__attribute__((noinline)) static unsigned
find_want(const struct scan *s, struct slice name, size_t in)
{
	struct json_value key = {name.p - 1, name.n + 2, JSON_STRING, s->t.flags};

	for (unsigned i = 0; i < s->count; i++) {
		const struct json_want *w = &s->wants[i];

		if (w->in == in &&
		    (s->t.flags ? json_string_is(&key, w->name.p) : slice_equal(name, w->name)))
			return i;
	}
	return NONE;
}

/* A member's name and its colon. */
static inline const char *
name_end(struct scan *s, const char *p)
{
	struct slice name;

	p = skip_blanks(&s->t, p);
	if (*p != '"')
		return fail(&s->t, p, "expected a name in double quotes");
	name.p = p + 1;
	p = string_end(&s->t, p + 1);
	if (!p)
		return NULL;
	s->want = NONE;
	if (s->inside >= WANTED) {
		name.n = (size_t)(p - 1 - name.p);
		if (s->t.flags || s->filter & hint(s->inside - WANTED, name.p, name.n))
			s->want = find_want(s, name, s->inside - WANTED);
	}
	p = skip_blanks(&s->t, p);
	if (*p != ':')
		return fail(&s->t, p, "expected ':' behind a name");
	return p + 1;
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

/* The value that s->want is begins at p. */
static inline void
begin_wanted(struct scan *s, const char *p)
{
	struct json_value *v;

	if (s->want == NONE)
		return;
	v = &s->out[s->want];
	if (v->kind != JSON_NONE)
		forget(s, s->want);
	*v = (struct json_value){p, 0, kind_of(*p), v->kind ? JSON_DUPLICATE : 0};
}

static inline void
end_wanted(struct scan *s, const char *end)
{
	if (s->want == NONE)
		return;
	s->out[s->want].n = (size_t)(end - s->out[s->want].p);
	s->out[s->want].flags |= s->t.flags;
	s->want = NONE;
}

static inline const char *
scalar_end(struct tokens *t, const char *p)
{
	switch (*p) {
	case '"': return string_end(t, p + 1);
	case 't': return literal_end(t, p, "true", 4);
	case 'f': return literal_end(t, p, "false", 5);
	case 'n': return literal_end(t, p, "null", 4);
	}
	if (*p == '-' || (*p >= '0' && *p <= '9'))
		return number_end(t, p);
	return fail(t, p, "not a JSON value");
}

/* p is at the bracket. */
static inline const char *
enter(struct scan *s, const char *p)
{
	if (s->depth == JSON_DEPTH_MAX)
		return fail(&s->t, p, "nested too deep");
	s->levels[s->depth].inside = (unsigned char)s->inside;
	s->levels[s->depth++].want = (unsigned char)s->want;
	if (*p == '[')
		s->inside = ARRAY;
	else if (s->depth == 1)
		s->inside = WANTED;
	else
		s->inside = s->want == NONE ? OBJECT : WANTED + 1 + s->want;
	s->want = NONE;
	return p + 1;
}

/* p is behind the bracket. */
static inline const char *
leave(struct scan *s, const char *p)
{
	s->depth--;
	s->inside = s->levels[s->depth].inside;
	s->want = s->levels[s->depth].want;
	s->t.flags = 0;
	end_wanted(s, p);
	return p;
}

static inline bool
closes(const struct scan *s, char c)
{
	return c == (s->inside == ARRAY ? ']' : '}');
}

/*
 * p is behind a value: the result is where the next one begins, or behind the
 * text's last one, with s->depth 0.
 */
static inline const char *
next_value(struct scan *s, const char *p)
{
	while (s->depth) {
		p = skip_blanks(&s->t, p);
		if (*p == ',')
			return s->inside == ARRAY ? p + 1 : name_end(s, p + 1);
		if (!closes(s, *p))
			return fail(&s->t, p,
			    s->inside == ARRAY ? "expected ',' or ']'" : "expected ',' or '}'");
		p = leave(s, p + 1);
	}
	return p;
}

/* p is at the first value; the result is behind it, or NULL. */
static const char *
scan_value(struct scan *s, const char *p)
{
	do {
		p = skip_blanks(&s->t, p);
		begin_wanted(s, p);
		if (*p == '{' || *p == '[') {
			p = enter(s, p);
			if (!p)
				return NULL;
			p = skip_blanks(&s->t, p);
			if (!closes(s, *p)) {
				p = s->inside == ARRAY ? p : name_end(s, p);
				continue;
			}
			p = leave(s, p + 1);
		} else {
			p = scalar_end(&s->t, p);
			end_wanted(s, p);
		}
		p = p ? next_value(s, p) : NULL;
	} while (p && s->depth);
	return p;
}

size_t
json_wants_add(struct json_wants *wants, const char *name, size_t in)
{
	size_t i = 0;

	while (
	    i < wants->count && (wants->items[i].in != in || !slice_is(wants->items[i].name, name)))
		i++;
	if (i == wants->count && i < JSON_WANTS_MAX)
		wants->items[wants->count++] = (struct json_want){slice_of(name), in};
	return i;
}

int
json_scan(struct slice text, const struct json_want *wants, size_t count, struct json_value *out,
    struct json_value *whole, struct json_error *error)
{
	struct scan s UNINITIALIZED;
	const char *start, *end;

	s.t = (struct tokens){.end = text.p + text.n};
	s.wants = wants;
	s.count = count;
	s.out = out;
	s.filter = 0;
	s.inside = ARRAY;
	s.want = NONE;
	s.depth = 0;
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct json_value){0};
		s.filter |= hint(wants[i].in, wants[i].name.p, wants[i].name.n);
	}
	start = skip_blanks(&s.t, text.p);
	end = scan_value(&s, start);
	if (end && whole)
		*whole = (struct json_value){
		    start, (size_t)(end - start), kind_of(*start), s.t.all_flags};
	if (end && skip_blanks(&s.t, end) < s.t.end)
		fail(&s.t, skip_blanks(&s.t, end), "text after the value");
	if (!s.t.reason)
		return 0;
	*error = (struct json_error){(size_t)(s.t.at - text.p), s.t.reason};
	return -1;
}
