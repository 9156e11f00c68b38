// SPDX-License-Identifier: MIT
/* Tries the native path first; what it cannot be goes to libjq. */
#include "record/expression.h"

#include <stdlib.h>

#include "base/mem.h"
#include "text/json_path.h"

struct expression {
	struct json_path *path; /* one of the two */
	struct jq_program *program;
	struct buf result;
	size_t count; /* of results; a second one ends the run */
};

struct expression *
expression_new(const char *text, struct jq_shared *jq, struct buf *reason)
{
	struct expression *e = mem_zero(1, sizeof *e);

	e->path = json_path_new(slice_of(text));
	if (!e->path)
		e->program = jq_program_new(text, jq, reason);
	if (e->path || e->program)
		return e;
	expression_free(e);
	return NULL;
}

void
expression_free(struct expression *e)
{
	if (!e)
		return;
	json_path_free(e->path);
	jq_program_free(e->program);
	buf_free(&e->result);
	free(e);
}

static bool
keep(void *context, struct slice result)
{
	struct expression *e = context;

	if (e->count++)
		return false;
	buf_slice(&e->result, result);
	return true;
}

static int
run(struct expression *e, const struct json_value *root, struct json_value *out, struct buf *reason)
{
	struct json_error ignored;

	buf_reset(&e->result);
	e->count = 0;
	if (jq_run(e->program, root, keep, e, reason))
		return -1;
	if (e->count > 1) {
		buf_str(reason, "gives more than one value");
		return -1;
	}
	if (!e->count)
		buf_str(&e->result, "null");
	return json_scan(buf_view(&e->result), out, &ignored);
}

void
expression_want(struct expression *e, struct json_wants *wants)
{
	if (e->path)
		json_path_want(e->path, wants);
}

int
expression_get(struct expression *e, const struct json_value *root, const struct json_value *wanted,
    struct json_value *out, struct buf *reason)
{
	const char *why;

	if (e->program)
		return run(e, root, out, reason);
	if (json_path_get(e->path, root, wanted, out, &why) == 0)
		return 0;
	buf_str(reason, why);
	return -1;
}
