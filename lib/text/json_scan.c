// SPDX-License-Identifier: MIT
/*
 * The validator: one pass over the bytes. A text is a chain of values, names and
 * closings; the memory is two bytes per level: what it is inside of, and which
 * wanted value ends with it.
 */
#include "text/json_scan.h"

#include "text/json_names.h"
#include "text/json_string.h"
#include "text/json_token.h"

/*
 * Wanted values by number, as in struct json_want: 0 is the whole text's, k is
 * wants[k - 1]; NONE is one that nobody wants.
 */
#define NONE (JSON_WANTS_MAX + 1)

/* What a value is inside of: a wanted object is OBJECT + its number. */
enum { ARRAY, OTHER_OBJECT, OBJECT };

/*
 * Its levels are 2 KB: having them zeroed, as the compiler does with all that is
 * on the stack, would cost as much as the scan of a short text.
 */
#define UNINITIALIZED __attribute__((uninitialized))

struct scan {
	struct tokens t;
	const struct json_want *wants;
	size_t count;
	struct json_value *out;
	struct json_value *whole;
	struct name_chain names;
	struct level {
		unsigned char inside, want;
	} levels[JSON_DEPTH_MAX];
};

/* What find_want does with a name that has escapes. */
__attribute__((cold, noinline)) static unsigned
find_escaped(const struct scan *s, size_t in, struct slice name)
{
	struct json_value key = {name.p - 1, name.n + 2, JSON_STRING, JSON_ESCAPED};

	for (unsigned i = 0; i < s->count; i++) {
		if (s->wants[i].in == in && json_string_is(&key, s->wants[i].name.p))
			return i + 1;
	}
	return NONE;
}

/* The number of the member of that name of the wanted object number `in`. */
static inline unsigned
find_want(const struct scan *s, size_t in, struct slice name)
{
	if (s->t.flags)
		return find_escaped(s, in, name);
	for (unsigned i = 0; i < s->count; i++) {
		const struct json_want *w = &s->wants[i];

		if (w->name.n == name.n && w->in == in && memcmp(w->name.p, name.p, name.n) == 0)
			return i + 1;
	}
	return NONE;
}

static inline const char *
unknown_name_end(struct scan *s, const char *p, unsigned inside, unsigned *want)
{
	const char *start = p;
	struct slice name;

	if (*p != '"')
		return fail(&s->t, p, "expected a name in double quotes");
	name.p = p + 1;
	p = string_end(&s->t, name.p);
	if (!p)
		return NULL;
	name.n = (size_t)(p - 1 - name.p);
	*want = inside == OTHER_OBJECT ? NONE : find_want(s, inside - OBJECT, name);
	p = skip_blanks(&s->t, p);
	if (*p != ':')
		return fail(&s->t, p, "expected ':' behind a name");
	p++;
	if (!s->t.flags) /* a name with escapes is told in the text's flags, each time */
		name_learn(&s->names, (struct slice){start, (size_t)(p - start)}, inside, *want);
	return p;
}

/* A member's name and its colon: *want gets the number of its value. */
static inline const char *
name_end(struct scan *s, const char *p, unsigned inside, unsigned *want)
{
	const struct json_name *name;

	p = skip_blanks(&s->t, p);
	name = name_known(&s->names, p, inside);
	if (!name)
		return unknown_name_end(s, p, inside, want);
	*want = name->want;
	return p + name->n;
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

static struct json_value *
place_of(struct scan *s, size_t want)
{
	return want ? &s->out[want - 1] : s->whole;
}

/* Something wanted stands twice: the last one counts, and what is in the first one does not. */
static void
forget_members(struct scan *s, size_t want)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->wants[i].in != want || s->out[i].kind == JSON_NONE)
			continue;
		s->out[i] = (struct json_value){0};
		forget_members(s, i + 1);
	}
}

static void
begin_wanted(struct scan *s, size_t want, const char *p)
{
	struct json_value *v = place_of(s, want);
	bool again = v->kind != JSON_NONE;

	if (again) {
		forget_members(s, want);
		s->t.all_flags |= JSON_DUPLICATE;
	}
	*v = (struct json_value){p, 0, kind_of(*p), again ? JSON_DUPLICATE : 0};
}

static void
end_wanted(struct scan *s, size_t want, const char *end, unsigned flags)
{
	struct json_value *v = place_of(s, want);

	v->n = (size_t)(end - v->p);
	v->flags |= flags;
}

static inline const char *
scalar_end(struct tokens *t, const char *p)
{
	if (*p == '"')
		return string_end(t, p + 1);
	if ((*p >= '0' && *p <= '9') || *p == '-')
		return number_end(t, p);
	switch (*p) {
	case 't': return literal_end(t, p, "true", 4);
	case 'f': return literal_end(t, p, "false", 5);
	case 'n': return literal_end(t, p, "null", 4);
	}
	return fail(t, p, "not a JSON value");
}

static inline char
closing(unsigned inside)
{
	return inside == ARRAY ? ']' : '}';
}

/* p is where the value may begin; the result is behind it and the blanks after it, or NULL. */
static const char *
scan_value(struct scan *s, const char *p)
{
	unsigned inside = ARRAY, want = 0;
	size_t depth = 0;

	for (;; want = NONE) {
		if (inside != ARRAY && !(p = name_end(s, p, inside, &want)))
			return NULL;
		p = skip_blanks(&s->t, p);
		if (want != NONE)
			begin_wanted(s, want, p);
		if (*p == '{' || *p == '[') {
			if (depth == JSON_DEPTH_MAX)
				return fail(&s->t, p, "nested too deep");
			s->levels[depth++] = (struct level){
			    (unsigned char)inside, (unsigned char)want};
			inside = *p == '[' ? ARRAY : want == NONE ? OTHER_OBJECT : OBJECT + want;
			p = skip_blanks(&s->t, p + 1);
			if (*p != closing(inside))
				continue;
		} else {
			p = scalar_end(&s->t, p);
			if (!p)
				return NULL;
			if (want != NONE)
				end_wanted(s, want, p, s->t.flags);
			p = skip_blanks(&s->t, p);
		}
		while (*p != ',' || !depth) {
			if (!depth)
				return p;
			if (*p != closing(inside))
				return fail(&s->t, p,
				    inside == ARRAY ? "expected ',' or ']'"
						    : "expected ',' or '}'");
			depth--;
			inside = s->levels[depth].inside;
			want = s->levels[depth].want;
			if (want != NONE)
				end_wanted(s, want, p + 1, 0);
			p = skip_blanks(&s->t, p + 1);
		}
		p++;
	}
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
json_scan_members(struct json_names *names, struct slice text, const struct json_want *wants,
    size_t count, struct json_value *out, struct json_value *whole, struct json_error *error)
{
	struct scan s UNINITIALIZED;
	struct json_value ignored;
	const char *end;

	s.t = (struct tokens){.end = text.p + text.n};
	s.wants = wants;
	s.count = count;
	s.out = out;
	s.whole = whole ? whole : &ignored;
	s.whole->kind = JSON_NONE;
	s.names = name_chain(names);
	for (size_t i = 0; i < count; i++)
		out[i] = (struct json_value){0};
	end = scan_value(&s, text.p);
	if (end && end < s.t.end)
		fail(&s.t, end, "text after the value");
	if (!s.t.reason) {
		s.whole->flags |= s.t.all_flags;
		return 0;
	}
	*error = (struct json_error){(size_t)(s.t.at - text.p), s.t.reason};
	return -1;
}

int
json_scan(struct slice text, struct json_value *whole, struct json_error *error)
{
	return json_scan_members(NULL, text, NULL, 0, NULL, whole, error);
}
