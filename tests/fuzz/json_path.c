// SPDX-License-Identifier: MIT
/*
 * What a native path gives is what libjq gives, whether the path is walked or its
 * members were handed out by the scan. The first line of the input is an
 * expression, each further one a record.
 */
#include "text/json_path.h"
#include "libjq.h"

struct both {
	char *expression;
	struct json_path *path;     /* NULL: beyond the subset */
	struct jq_program *program; /* NULL: there is nothing to compare with */
};

static const struct both *
compile(struct slice expression)
{
	static struct both kept[KEPT];
	static size_t next;
	struct buf text = {0}, error = {0};
	struct both *b;

	for (size_t i = 0; i < KEPT; i++) {
		if (kept[i].expression && slice_is(expression, kept[i].expression))
			return &kept[i];
	}
	b = &kept[next++ % KEPT];
	free(b->expression);
	json_path_free(b->path);
	jq_program_free(b->program);
	*b = (struct both){
	    .expression = mem_dup(expression.p, expression.n), .path = json_path_new(expression)};
	if (b->path && !only_ours(expression)) {
		buf_printf(&text, "[%s]", b->expression);
		b->program = jq_program_new(text.data, jq_shared(), &error);
		MUST(b->program);
	}
	buf_free(&text);
	buf_free(&error);
	return b;
}

/* The same by the members that the scan hands out, where that will do. */
static void
compare_wanted(
    const struct both *b, struct slice record, int walked, const struct json_value *value)
{
	struct json_wants wants = {.count = 0};
	struct json_value out[JSON_WANTS_MAX], root, got;
	struct json_error error;
	const char *reason = NULL;

	if (!json_path_want(b->path, &wants))
		return;
	MUST(json_scan_members(NULL, record, wants.items, wants.count, out, &root, &error) == 0);
	MUST(json_path_get(b->path, &root, out, &got, &reason) == walked);
	MUST(walked ||
	     (got.kind == value->kind && got.n == value->n && memcmp(got.p, value->p, got.n) == 0));
}

static void
compare(const struct both *b, struct slice record)
{
	struct buf native = {0}, libjq = {0};
	struct json_value root, value;
	struct json_error error;
	const char *reason = NULL;
	int status;

	if (json_scan(record, &root, &error))
		return;
	status = json_path_get(b->path, &root, NULL, &value, &reason);
	MUST((status != 0) == (reason != NULL));
	compare_wanted(b, record, status, &value);
	if (b->program &&
	    jq_normal(&root, &libjq) == 0) { /* else it is nested too deep for libjq */
		MUST((jq_array(b->program, &root, &libjq) != 0) == (status != 0));
		if (status == 0 && jq_normal(&value, &native) == 0)
			MUST(slice_equal(buf_view(&native), buf_view(&libjq)) ||
			     (slice_is(buf_view(&libjq), "[]") &&
				 slice_is(buf_view(&native), "[null]"))); /* .a? of no object */
	}
	buf_free(&native);
	buf_free(&libjq);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data, *end = p + n, *line;
	const struct both *b = NULL;

	for (; p < end; p = line + 1) {
		struct slice copy;

		line = memchr(p, '\n', (size_t)(end - p));
		line = line ? line : end;
		copy = padded(p, (size_t)(line - p), '\n');
		if (!b)
			b = compile(copy);
		else if (b->path)
			compare(b, copy);
		free((char *)copy.p);
	}
	return 0;
}
