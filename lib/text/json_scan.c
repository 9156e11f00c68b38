// SPDX-License-Identifier: MIT
/*
 * The validator: one pass over the bytes. A text is a chain of values, names and
 * closings; the memory is two bytes per level: what it is inside of, and which
 * wanted value ends with it.
 */
#include "text/json_scan.h"

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
	uint64_t filter; /* a bit for each name that is wanted, by hint() */
	struct json_names *names;
	unsigned last;     /* the name before, in names */
	unsigned expected; /* the one that came behind it the last time */
	struct level {
		unsigned char inside, want;
	} levels[JSON_DEPTH_MAX];
};

/* A bit of 64 that tells most names apart: their place, length and first byte. */
static inline uint64_t
hint(size_t in, const char *name, size_t n)
{
	return (uint64_t)1 << ((in + n * 8 + (n ? (unsigned char)*name : 0)) % 64);
}

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
	if (!(s->filter & hint(in, name.p, name.n)))
		return NONE;
	for (unsigned i = 0; i < s->count; i++) {
		const struct json_want *w = &s->wants[i];

		if (w->name.n == name.n && w->in == in && memcmp(w->name.p, name.p, name.n) == 0)
			return i + 1;
	}
	return NONE;
}

/* Does that name stand at p, with its colon? */
static inline bool
is_name(const struct json_name *name, const char *p, unsigned inside)
{
#ifdef TEXT_SSE2
	return name->in == inside && !(~same16(p, name->bytes) & name->mask);
#else
	(void)name, (void)p, (void)inside;
	return false;
#endif
}

/* The name at p, if it is the expected one, or the one behind it where that is left out. */
static inline const struct json_name *
expected_name(struct scan *s, const char *p, unsigned inside)
{
	const struct json_name *known = s->names ? s->names->known : NULL;

	if (!known)
		return NULL;
	if (!is_name(&known[s->expected], p, inside)) {
		s->expected = known[s->expected].next;
		if (!is_name(&known[s->expected], p, inside))
			return NULL;
	}
	s->last = s->expected;
	s->expected = known[s->last].next;
	return &known[s->last];
}

/* The name from its quote to its colon is behind the last one: so it will be the next time. */
__attribute__((noinline)) static void
learn(struct scan *s, struct slice text, unsigned inside, unsigned want)
{
	unsigned place = ((unsigned char)text.p[1] + (unsigned)text.n * 8 + inside) % JSON_NAMES;
	struct json_name *name;

	if (!s->names || text.n > sizeof name->bytes)
		return;
	name = &s->names->known[place];
	if (name->n != text.n || name->in != inside || memcmp(name->bytes, text.p, text.n) != 0) {
		*name = (struct json_name){.mask = (1U << text.n) - 1,
		    .n = (unsigned char)text.n,
		    .in = (unsigned char)inside,
		    .want = (unsigned char)want,
		    .next = (unsigned char)place};
		memcpy(name->bytes, text.p, text.n);
	}
	s->names->known[s->last].next = (unsigned char)place;
	s->last = place;
	s->expected = name->next;
}

static inline const char *
unexpected_name_end(struct scan *s, const char *p, unsigned inside, unsigned *want)
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
	learn(s, (struct slice){start, (size_t)(p - start)}, inside, *want);
	return p;
}

/* A member's name and its colon: *want gets the number of its value. */
static inline const char *
name_end(struct scan *s, const char *p, unsigned inside, unsigned *want)
{
	const struct json_name *name;

	p = skip_blanks(&s->t, p);
	name = expected_name(s, p, inside);
	if (!name)
		return unexpected_name_end(s, p, inside, want);
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

	if (again)
		forget_members(s, want);
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
		while (depth && *p == closing(inside)) {
			p++;
			depth--;
			inside = s->levels[depth].inside;
			want = s->levels[depth].want;
			if (want != NONE)
				end_wanted(s, want, p, 0);
			p = skip_blanks(&s->t, p);
		}
		if (!depth)
			return p;
		if (*p++ != ',')
			return fail(&s->t, p - 1,
			    inside == ARRAY ? "expected ',' or ']'" : "expected ',' or '}'");
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
json_scan_next(struct json_names *names, struct slice text, const struct json_want *wants,
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
	s.filter = 0;
	s.names = names;
	s.last = 0;
	s.expected = names ? names->known[0].next : 0;
	if (count)
		memset(out, 0, count * sizeof *out);
	for (size_t i = 0; i < count; i++)
		s.filter |= hint(wants[i].in, wants[i].name.p, wants[i].name.n);
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
json_scan(struct slice text, const struct json_want *wants, size_t count, struct json_value *out,
    struct json_value *whole, struct json_error *error)
{
	return json_scan_next(NULL, text, wants, count, out, whole, error);
}
