// SPDX-License-Identifier: MIT
/* libjq behind a wall: only validated text goes in, only messages come out. */
#include "text/jq.h"

#include <errno.h>
#include <jq.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/jq_reason.h"
#include "text/jq_value.h"
#include "text/jq_watch.h"
#include "text/json_path.h"
#include "text/utf8.h"

struct jq_program {
	struct json_path *path; /* NULL: the rest is for libjq */
	jq_state *jq;           /* NULL: is to be compiled */
	struct jq_shared *shared;
	char *text;
	struct jq_watch watch;
	struct jq_builder builder;
	struct buf result;
	size_t room; /* for the results that are still to come of a text */
};

static void
no_memory(void *ignored)
{
	(void)ignored;
	mem_exhausted();
}

static jv
no_input(jq_state *jq, void *data)
{
	(void)jq;
	(void)data;
	return jv_invalid_with_msg(jv_string(JQ_NO_INPUT));
}

/*
 * What libjq 1.6 leaves unset: callbacks that it would call all the same (that
 * of no memory is set anew at each start, from where nobody had put one), and
 * the library path, without which an import aborts the process. (With it the
 * import fails: there is no library.)
 */
static void
set_up(jq_state *jq)
{
	jq_set_nomem_handler(jq, no_memory, NULL);
	jq_set_input_cb(jq, no_input, NULL);
	jq_set_debug_cb(jq, NULL, NULL);
	jq_set_attr(jq, jv_string("JQ_LIBRARY_PATH"), jv_array());
	jq_set_attr(jq, jv_string("JQ_ORIGIN"), jv_string("."));
	jq_set_attr(jq, jv_string("PROGRAM_ORIGIN"), jv_string("."));
}

/* Makes *out what jq(1) would give the compiler: each argument by its name, and $ARGS. */
static int
arguments(struct jq_program *p, jv *out, struct buf *error)
{
	struct slice text = p->shared->args.len ? buf_view(&p->shared->args) : SLICE("{}");
	jv all;

	if (jq_build(&p->builder, text, out, error))
		return -1;
	p->shared->losses |= p->builder.losses;
	if (jv_object_has(jv_copy(*out), jv_string("ARGS")))
		return 0;
	all = jv_object_set(jv_object(), jv_string("positional"), jv_array());
	all = jv_object_set(all, jv_string("named"), jv_copy(*out));
	*out = jv_object_set(*out, jv_string("ARGS"), all);
	return 0;
}

static int
compile(struct jq_program *p, struct buf *error)
{
	jv args;
	int compiled;

	jv_nomem_handler(no_memory, NULL); /* jq_init allocates too */
	p->jq = jq_init();
	if (!p->jq)
		mem_exhausted();
	set_up(p->jq);
	if (arguments(p, &args, error))
		return -1;
	jq_set_error_cb(p->jq, jq_keep_error, error);
	compiled = jq_compile_args(p->jq, p->text, args);
	jq_set_error_cb(p->jq, NULL, NULL);
	if (!compiled && error->len == 0)
		buf_str(error, "no jq program");
	if (!compiled)
		jq_add_hint(error);
	return compiled ? 0 : -1;
}

/* Compiles what is not compiled. */
static int
ready(struct jq_program *p, struct buf *error)
{
	if (p->jq || compile(p, error) == 0)
		return 0;
	jq_teardown(&p->jq);
	return -1;
}

static int64_t
limit_of(const struct jq_shared *shared)
{
	return shared->limit_ms ? shared->limit_ms : JQ_LIMIT_MS;
}

static int
watch(struct jq_program *p, struct buf *error)
{
	if (jq_watch_start(&p->watch, p->shared, limit_of(p->shared)) == 0)
		return 0;
	buf_printf(error, "no timer to watch it: %s", strerror(errno));
	return -1;
}

struct jq_program *
jq_program_new(const char *text, struct jq_shared *shared, struct buf *error)
{
	struct jq_program *p;

	if (!utf8_is_valid(slice_of(text))) {
		buf_str(error, "invalid UTF-8");
		return NULL;
	}
	p = mem_zero(1, sizeof *p);
	p->shared = shared;
	p->text = mem_dup(text, strlen(text));
	if (!strchr(text, '?')) /* with it a path may give no result */
		p->path = json_path_new(slice_of(text));
	if (p->path || (ready(p, error) == 0 && watch(p, error) == 0))
		return p;
	jq_program_free(p);
	return NULL;
}

void
jq_program_free(struct jq_program *p)
{
	if (!p)
		return;
	jq_watch_end(&p->watch);
	if (p->jq)
		jq_teardown(&p->jq);
	json_path_free(p->path);
	jq_builder_free(&p->builder);
	buf_free(&p->result);
	free(p->text);
	free(p);
}

/*
 * libjq 1.6 frees what halt_error has left at every start from then on: once
 * too often from the second on. One start, and a halt that leaves nothing.
 */
static void
forget_halt(jq_state *jq)
{
	jq_start(jq, jv_null(), 0);
	jq_halt(jq, jv_invalid(), jv_invalid());
}

/* Why the program stopped: `last` is what libjq gave in the end. 0 when it just ended. */
static int
explain(struct jq_program *p, jv last, struct buf *error)
{
	if (p->watch.trap.assertion) {
		p->jq = NULL; /* leaked: what it holds may be half made, or freed */
		buf_printf(error, "libjq breaks off: its assertion '%s' does not hold",
		    p->watch.trap.assertion);
		return -1;
	}
	if (jq_halted(p->jq)) {
		jv_free(last);
		forget_halt(p->jq);
		if (p->watch.too_long)
			buf_printf(error, "the program does not end within %g s",
			    (double)limit_of(p->shared) / 1000);
		else
			buf_str(error, "the program halts");
		return -1;
	}
	if (!jv_invalid_has_msg(jv_copy(last))) {
		jv_free(last);
		return 0;
	}
	jq_thrown(jv_invalid_get_msg(last), p->text, error);
	return -1;
}

/* A value's own bytes, on one line, where json_scan may read them. */
static struct slice
line_of(struct jq_program *p, struct slice json)
{
	char *newline;

	buf_reset(&p->result);
	buf_slice(&p->result, json);
	for (newline = p->result.data; (newline = strchr(newline, '\n'));)
		*newline = ' ';
	return buf_view(&p->result);
}

/* The result as text: the input's own, if it is the input. -1 with the reason: it is too much. */
static int
text_of(struct jq_program *p, jv result, jv input, struct slice json, struct buf *error)
{
	buf_reset(&p->result);
	if (jv_identical(jv_copy(result), jv_copy(input))) {
		line_of(p, json);
	} else if (jq_print(&p->result, result) == 0) {
		p->shared->losses |= p->builder.losses;
	} else {
		buf_str(error, "a result is nested too deep for libjq");
		return -1;
	}
	if (p->result.len > p->room) {
		buf_printf(error, "the results are more than %zu MiB longer than the record",
		    JQ_GROWTH_MAX_BYTES >> 20);
		return -1;
	}
	p->room -= p->result.len;
	return 0;
}

static int
run(struct jq_program *p, struct slice json, bool (*each)(void *, struct slice), void *context,
    struct buf *error)
{
	jv input, result;
	int status = 1;

	if (ready(p, error) || jq_build(&p->builder, json, &input, error))
		return -1;
	p->room = JQ_GROWTH_MAX_BYTES + json.n;
	jq_watch_record(&p->watch, p->jq);
	jq_start(p->jq, jv_copy(input), 0);
	while (status > 0 && jv_is_valid(result = jq_watch_next(&p->watch))) {
		status = text_of(p, result, input, json, error);
		jv_free(result);
		if (status == 0)
			status = each(context, buf_view(&p->result));
	}
	if (status > 0)
		status = explain(p, result, error);
	jv_free(input);
	return status < 0 ? -1 : 0;
}

int
jq_run(struct jq_program *p, const struct json_value *input,
    bool (*each)(void *context, struct slice result), void *context, struct buf *error)
{
	struct json_value value;
	const char *why;

	if (!p->path)
		return run(p, json_raw(input), each, context, error);
	if (json_path_get(p->path, input, NULL, &value, &why)) {
		buf_str(error, why);
		return -1;
	}
	each(context, line_of(p, json_raw(&value)));
	return 0;
}
