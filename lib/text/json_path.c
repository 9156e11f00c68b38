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
};

struct json_path {
	struct step *steps;
	size_t count;
	char *literal_text;
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
	struct buf name = {0};
	struct json_error error;
	struct json_value string;

	for (s->p++; s->p < s->end && *s->p != '"'; s->p++)
		s->p += *s->p == '\\';
	if (s->p >= s->end)
		return false;
	s->p++;
	if (json_scan(start, (size_t)(s->p - start), NULL, 0, NULL, &string, &error) ||
	    string.flags & JSON_LONE_SURROGATE)
		return false;
	json_unescape(&name, json_inside(&string));
	if (memchr(buf_view(&name).p, '\0', name.len)) { /* names are C strings here */
		buf_free(&name);
		return false;
	}
	add_step(s->path)->name = buf_take(&name);
	return true;
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
	size_t n = (size_t)(s->end - s->p);
	struct json_error error;

	path->literal_text = mem_dup(s->p, n);
	if (json_scan(path->literal_text, n, NULL, 0, NULL, &path->literal, &error))
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
	free(path->literal_text);
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

static int
take_step(const struct step *step, struct json_value *v, const char **reason)
{
	enum json_kind fits = step->name ? JSON_OBJECT : JSON_ARRAY;

	if (v->kind == JSON_NULL)
		return 0;
	if (v->kind == fits) {
		*v = step->name ? json_get(v, step->name) : item(v, step->index);
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

int
json_path_get(const struct json_path *path, const struct json_value *root, struct json_value *out,
    const char **reason)
{
	*out = *root;
	for (size_t i = 0; i < path->count; i++) {
		if (take_step(&path->steps[i], out, reason))
			return -1;
	}
	if (path->literal.kind != JSON_NONE && (out->kind == JSON_NULL || out->kind == JSON_FALSE))
		*out = path->literal;
	return 0;
}
