// SPDX-License-Identifier: MIT
/* What the targets that compare with libjq share. */
#ifndef TESTS_FUZZ_LIBJQ_H
#define TESTS_FUZZ_LIBJQ_H

#include "fuzz.h"
#include "text/jq.h"

/* To compile takes libjq 20 ms, so programs are kept: so many. */
#define KEPT 64

/*
 * What is a path for us and an error for libjq 1.6: a carriage return between
 * tokens is a blank, `?//`, which it reads as one token, is `? //`, and .e1,
 * which it takes for a number, is a name.
 */
static inline bool
only_ours(struct slice path)
{
	for (size_t i = 0; i + 2 < path.n; i++) {
		if (path.p[i] == '.' && (path.p[i + 1] | 0x20) == 'e' && path.p[i + 2] >= '0' &&
		    path.p[i + 2] <= '9')
			return true;
	}
	return slice_find(path, "\r") || slice_find(path, "?//");
}

static inline bool
keep_result(void *context, struct slice result)
{
	struct buf *out = context;

	buf_slice(out, result);
	return true;
}

/* Of all programs. */
static inline struct jq_shared *
jq_shared(void)
{
	static struct jq_shared shared;

	return &shared;
}

/* The array that a program of one result makes of a value, as libjq prints it; 0 or -1. */
static inline int
jq_array(struct jq_program *program, const struct json_value *value, struct buf *out)
{
	struct buf error = {0};
	int status;

	buf_reset(out);
	status = jq_run(program, value, keep_result, out, &error);
	MUST((status != 0) == (error.len != 0));
	buf_free(&error);
	return status;
}

/* [.]: libjq's own way to write a value, numbers as doubles and the last of equal names. */
static inline int
jq_normal(const struct json_value *value, struct buf *out)
{
	static struct jq_program *program;
	struct buf error = {0};

	if (!program)
		program = jq_program_new("[.]", jq_shared(), &error);
	MUST(program);
	return jq_array(program, value, out);
}

#endif
