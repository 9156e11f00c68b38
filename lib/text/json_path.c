// SPDX-License-Identifier: MIT
/*
 * A path is a list of steps; a step goes to a member or an item by a walk over
 * the container.
 */
#include "text/json_path.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/json_string.h"

/* An index of more digits is left to libjq: nobody means it. */
#define INDEX_DIGITS 15

struct step {
	char *name; /* NULL: an index */
	int64_t index;
	bool optional; /* written with ?: a value of the wrong kind gives null */
	size_t want;   /* its place in the list of json_path_want, from 1; 0: it has none */
};

struct json_path {
	struct step *steps;
	size_t count;
	struct buf literal_text;
	struct json_value literal; /* JSON_NONE: no // */
};

struct parser {
	const char *p;
	const char *end;
	struct json_path *path;
};

static bool
at(const struct parser *s, char c)
{
	return s->p < s->end && *s->p == c;
}

static bool
take(struct parser *s, char c)
{
	bool found = at(s, c);

	s->p += found;
	return found;
}

static void
skip_blanks(struct parser *s)
{
	while (at(s, ' ') || at(s, '\t') || at(s, '\n') || at(s, '\r'))
		s->p++;
}

static bool
is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

static struct step *
add_step(struct json_path *path)
{
	path->steps = mem_resize(path->steps, path->count + 1, sizeof *path->steps);
	path->steps[path->count] = (struct step){0};
	return &path->steps[path->count++];
}

/* name, after its point */
static bool
parse_name(struct parser *s)
{
	const char *start = s->p;

	while (s->p < s->end && is_name(*s->p, s->p == start))
		s->p++;
	if (s->p == start)
		return false;
	add_step(s->path)->name = mem_dup(start, (size_t)(s->p - start));
	return true;
}

/* "name" */
static bool
parse_quoted(struct parser *s)
{
	const char *start = s->p;
	struct buf quoted = {0}, name = {0};
	struct json_error error;
	struct json_value string;
	bool fits;

	for (s->p++; s->p < s->end && *s->p != '"'; s->p++)
		s->p += *s->p == '\\';
	if (s->p >= s->end)
		return false;
	s->p++;
	buf_add(&quoted, start, (size_t)(s->p - start));
	fits = json_scan(buf_view(&quoted), &string, &error) == 0 &&
	       !(string.flags & JSON_LONE_SURROGATE);
	if (fits)
		json_unescape(&name, json_inside(&string));
	fits = fits && !memchr(buf_view(&name).p, '\0', name.len); /* names are C strings here */
	if (fits)
		add_step(s->path)->name = buf_take(&name);
	buf_free(&quoted);
	buf_free(&name);
	return fits;
}

/* 0, 17, -1 */
static bool
parse_index(struct parser *s)
{
	bool negative = take(s, '-');
	const char *start = s->p;
	int64_t index = 0;

	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++) {
		if (s->p - start == INDEX_DIGITS)
			return false;
		index = index * 10 + (*s->p - '0');
	}
	if (s->p == start)
		return false;
	add_step(s->path)->index = negative ? -index : index;
	return true;
}

static bool
parse_bracket(struct parser *s)
{
	skip_blanks(s);
	if (!(at(s, '"') ? parse_quoted(s) : parse_index(s)))
		return false;
	skip_blanks(s);
	return take(s, ']');
}

static bool
parse_optional(struct parser *s)
{
	struct step *last = s->path->count ? &s->path->steps[s->path->count - 1] : NULL;

	if (!last || last->optional)
		return false;
	return last->optional = true;
}

static bool
parse_steps(struct parser *s)
{
	if (!take(s, '.'))
		return false;
	if (s->p < s->end && is_name(*s->p, true) && !parse_name(s))
		return false;
	for (bool fits = true; fits;) {
		if (take(s, '?'))
			fits = parse_optional(s);
		else if (take(s, '['))
			fits = parse_bracket(s);
		else if (take(s, '.'))
			fits = s->path->count && parse_name(s);
		else
			return true;
	}
	return false;
}

static bool
parse_literal(struct parser *s)
{
	struct json_path *path = s->path;
	struct json_error error;

	buf_add(&path->literal_text, s->p, (size_t)(s->end - s->p));
	if (json_scan(buf_view(&path->literal_text), &path->literal, &error))
		return false;
	return path->literal.kind != JSON_OBJECT && path->literal.kind != JSON_ARRAY &&
	       !(path->literal.flags & JSON_LONE_SURROGATE);
}

static bool
parse(struct parser *s)
{
	skip_blanks(s);
	if (!parse_steps(s))
		return false;
	skip_blanks(s);
	if (s->p == s->end)
		return true;
	return take(s, '/') && take(s, '/') && parse_literal(s);
}

struct json_path *
json_path_new(struct slice expression)
{
	struct json_path *path = mem_zero(1, sizeof *path);
	struct parser s = {expression.p, expression.p + expression.n, path};

	if (parse(&s))
		return path;
	json_path_free(path);
	return NULL;
}

void
json_path_free(struct json_path *path)
{
	if (!path)
		return;
	for (size_t i = 0; i < path->count; i++)
		free(path->steps[i].name);
	free(path->steps);
	buf_free(&path->literal_text);
	free(path);
}

static struct json_value
item(const struct json_value *array, int64_t index)
{
	if (index < 0)
		index += (int64_t)json_count(array);
	return index < 0 ? (struct json_value){0} : json_at(array, (size_t)index);
}

/* What stands for absent: null, which a further step leaves null. */
static const struct json_value null = {"null", 4, JSON_NULL, 0};

static struct json_value
member(const struct step *step, const struct json_value *object, const struct json_value *wanted)
{
	return wanted && step->want ? wanted[step->want - 1] : json_get(object, step->name);
}

static int
take_step(const struct step *step, const struct json_value *wanted, struct json_value *v,
    const char **reason)
{
	enum json_kind fits = step->name ? JSON_OBJECT : JSON_ARRAY;

	if (v->kind == JSON_NULL)
		return 0;
	if (v->kind == fits) {
		*v = step->name ? member(step, v, wanted) : item(v, step->index);
		if (v->kind == JSON_NONE)
			*v = null;
		return 0;
	}
	*v = null;
	if (step->optional)
		return 0;
	*reason = step->name ? "a name is asked for in what is no object"
			     : "an index is asked for in what is no array";
	return -1;
}

bool
json_path_want(struct json_path *path, struct json_wants *wants)
{
	size_t in = 0;

	for (struct step *step = path->steps; step < path->steps + path->count; step++) {
		size_t want = step->name ? json_wants_add(wants, step->name, in) : JSON_WANTS_MAX;

		if (want == JSON_WANTS_MAX)
			break;
		in = step->want = want + 1;
	}
	return in > 0;
}

int
json_path_get(const struct json_path *path, const struct json_value *root,
    const struct json_value *wanted, struct json_value *out, const char **reason)
{
	*out = *root;
	for (size_t i = 0; i < path->count; i++) {
		if (take_step(&path->steps[i], wanted, out, reason))
			return -1;
	}
	if (path->literal.kind != JSON_NONE && (out->kind == JSON_NULL || out->kind == JSON_FALSE))
		*out = path->literal;
	return 0;
}
