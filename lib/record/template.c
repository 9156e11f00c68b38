// SPDX-License-Identifier: MIT
/*
 * A template is a list of texts and expressions. All expressions that need libjq
 * are one program, which runs once a record.
 */
#include "record/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/json_path.h"
#include "text/json_string.h"
#include "text/json_text.h"

#define NESTED_MAX 64 /* strings in expressions in strings */

struct part {
	struct buf literal;     /* the inside of a JSON string */
	char *expression;       /* NULL: the part is its literal */
	struct json_path *path; /* NULL: the expression is for libjq */
};

struct template
{
	struct part *parts;
	size_t count;
	struct jq_program *program; /* [E],[E]... of the expressions beyond json_path; NULL: none */
	struct buf results;         /* of the program on one record, as one JSON array */
	size_t result_count;
};

static struct part *
add_part(struct template *t)
{
	t->parts = mem_resize(t->parts, t->count + 1, sizeof *t->parts);
	t->parts[t->count] = (struct part){0};
	return &t->parts[t->count++];
}

/* What closes the jq expression at p, or NULL; strings in it may hold others, so many levels deep. */
static const char *
expression_end(const char *p, const char *end, int levels)
{
	size_t depth = 0;
	bool quoted = false;

	for (; p < end && levels; p++) {
		if (quoted && *p == '\\' && p + 1 < end) {
			if (*++p == '(')
				p = expression_end(p + 1, end, levels - 1);
			if (!p)
				return NULL;
		} else if (*p == '"') {
			quoted = !quoted;
		} else if (!quoted && *p == '#') {
			p += strcspn(p, "\n");
		} else if (!quoted && *p == '(') {
			depth++;
		} else if (!quoted && *p == ')' && depth-- == 0) {
			return p;
		}
	}
	return NULL;
}

/* Appends the escape at *p, and moves *p behind it; false when JSON knows none like it. */
static bool
add_escape(struct buf *literal, const char **p, const char *end)
{
	size_t left = (size_t)(end - *p), n = left > 1 && (*p)[1] == 'u' ? 6 : 2;

	if (left < n || !memchr("\"\\/bfnrtu", (*p)[1], 9))
		return false;
	if (n == 6 && strspn(*p + 2, "0123456789abcdefABCDEF") < 4)
		return false;
	buf_add(literal, *p, n);
	*p += n;
	return true;
}

static bool
at_expression(const char *p, const char *end)
{
	return end - p >= 2 && p[0] == '\\' && p[1] == '(';
}

/* Text up to the next expression, as the inside of a JSON string. */
static bool
parse_literal(struct buf *literal, const char **p, const char *end)
{
	while (*p < end && !at_expression(*p, end)) {
		const char *slash = memchr(*p, '\\', (size_t)(end - *p));
		struct slice plain = {*p, (size_t)((slash ? slash : end) - *p)};

		json_escape(literal, plain);
		*p += plain.n;
		if (*p < end && !at_expression(*p, end) && !add_escape(literal, p, end))
			return false;
	}
	return true;
}

/* What the steps above let through: invalid UTF-8 and halves of surrogate pairs. */
static int
check_literal(const struct buf *literal, struct buf *reason)
{
	struct buf quoted = {0};
	struct json_value value = {0};
	struct json_error error = {.reason = "half a surrogate pair"};
	int status;

	buf_printf(&quoted, "\"%s\"", buf_view(literal).p);
	status = json_scan(buf_view(&quoted), &value, &error);
	buf_free(&quoted);
	if (status == 0 && !(value.flags & JSON_LONE_SURROGATE))
		return 0;
	buf_printf(reason, "%s in the text", error.reason);
	return -1;
}

/* *p is at the opening \( and is left behind the closing parenthesis. */
static bool
parse_expression(struct template *t, const char **p, const char *end)
{
	const char *start = *p + 2, *close = expression_end(start, end, NESTED_MAX);
	struct part *part;

	if (!close)
		return false;
	part = add_part(t);
	part->expression = mem_dup(start, (size_t)(close - start));
	part->path = json_path_new((struct slice){start, (size_t)(close - start)});
	*p = close + 1;
	return true;
}

static bool
parse(struct template *t, const char *p, const char *end, struct buf *reason)
{
	while (p < end) {
		struct buf *literal;

		if (at_expression(p, end)) {
			if (parse_expression(t, &p, end))
				continue;
			buf_str(reason, "'\\(' without its closing parenthesis");
			return false;
		}
		literal = &add_part(t)->literal;
		if (!parse_literal(literal, &p, end)) {
			buf_printf(
			    reason, "unknown escape '%.2s' (a backslash is written '\\\\')", p);
			return false;
		}
		if (check_literal(literal, reason))
			return false;
	}
	return true;
}

/* Compiles each expression by itself, only to name the one that is wrong. */
static void
name_wrong(const struct template *t, struct jq_shared *jq, struct buf *reason)
{
	struct buf why = {0};

	for (size_t i = 0; i < t->count && !why.len; i++) {
		const struct part *part = &t->parts[i];

		if (!part->expression || part->path)
			continue;
		jq_program_free(jq_program_new(part->expression, jq, &why));
		if (why.len)
			buf_printf(reason, "'%s': %s", part->expression, why.data);
	}
	if (!why.len)
		buf_str(reason, "an expression is no jq program");
	buf_free(&why);
}

/* One program for all expressions beyond json_path: to compile is what costs time. */
static bool
compile(struct template *t, struct jq_shared *jq, struct buf *reason)
{
	struct buf text = {0}, why = {0};
	bool good;

	for (size_t i = 0; i < t->count; i++) {
		const struct part *part = &t->parts[i];

		/* the newline ends a comment */
		if (part->expression && !part->path)
			buf_printf(&text, "%s[(%s\n)]", text.len ? "," : "", part->expression);
	}
	if (text.len)
		t->program = jq_program_new(text.data, jq, &why);
	good = t->program || !text.len;
	if (!good)
		name_wrong(t, jq, reason);
	buf_free(&text);
	buf_free(&why);
	return good;
}

struct template *
template_new(struct slice text, struct jq_shared *jq, struct buf *reason)
{
	struct template *t = mem_zero(1, sizeof *t);
	char *copy = mem_dup(text.p, text.n);
	bool good = parse(t, copy, copy + text.n, reason) && compile(t, jq, reason);

	free(copy);
	if (good)
		return t;
	template_free(t);
	return NULL;
}

bool
template_is_constant(const struct template *t)
{
	return t->count == 0 || (t->count == 1 && !t->parts[0].expression);
}

void
template_free(struct template *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++) {
		buf_free(&t->parts[i].literal);
		free(t->parts[i].expression);
		json_path_free(t->parts[i].path);
	}
	free(t->parts);
	jq_program_free(t->program);
	buf_free(&t->results);
	free(t);
}

bool
template_want(struct template *t, struct json_wants *wants)
{
	bool enough = !t->program;

	for (size_t i = 0; i < t->count; i++) {
		if (t->parts[i].path && !json_path_want(t->parts[i].path, wants))
			enough = false;
	}
	return enough;
}

static bool
keep_result(void *context, struct slice result)
{
	struct template *t = context;

	if (t->result_count++)
		buf_char(&t->results, ',');
	buf_slice(&t->results, result);
	return true;
}

/* The expression of the n-th result of the program. */
static const char *
nth_expression(const struct template *t, size_t n)
{
	size_t i = 0;

	while (!t->parts[i].expression || t->parts[i].path || n--)
		i++;
	return t->parts[i].expression;
}

static int
run_program(struct template *t, const struct json_value *record, struct buf *reason)
{
	struct buf why = {0};
	int status;

	buf_reset(&t->results);
	t->result_count = 0;
	buf_char(&t->results, '[');
	status = jq_run(t->program, record, keep_result, t, &why);
	if (status)
		buf_printf(
		    reason, "'%s': %s", nth_expression(t, t->result_count), buf_view(&why).p);
	buf_char(&t->results, ']');
	buf_free(&why);
	return status;
}

/* The next of the program's results: exactly one value, or none. */
static int
next_result(struct json_iter *results, struct json_value *out, const char **why)
{
	struct json_value ignored, values = {0};

	json_next(results, &ignored, &values);
	*out = json_at(&values, 0);
	if (json_count(&values) < 2)
		return 0;
	*why = "gives more than one value";
	return -1;
}

static int
render_part(const struct part *part, const struct json_value *record,
    const struct json_value *wanted, struct json_iter *results, struct buf *out, struct buf *reason)
{
	const char *why = "missing or null";
	struct json_value value;
	int status = part->path ? json_path_get(part->path, record, wanted, &value, &why)
				: next_result(results, &value, &why);

	if (status || value.kind == JSON_NONE || value.kind == JSON_NULL) {
		buf_printf(reason, "'%s': %s", part->expression, why);
		return -1;
	}
	json_text(out, &value);
	return 0;
}

int
template_render(struct template *t, const struct json_value *record,
    const struct json_value *wanted, struct buf *out, struct buf *reason)
{
	struct json_iter results = {0};
	struct json_value all;

	if (t->program && run_program(t, record, reason))
		return -1;
	all = json_of(buf_view(&t->results), JSON_ARRAY);
	if (t->program)
		results = json_iter(&all);
	buf_char(out, '"');
	for (size_t i = 0; i < t->count; i++) {
		if (!t->parts[i].expression)
			buf_slice(out, buf_view(&t->parts[i].literal));
		else if (render_part(&t->parts[i], record, wanted, &results, out, reason))
			return -1;
	}
	buf_char(out, '"');
	return 0;
}
