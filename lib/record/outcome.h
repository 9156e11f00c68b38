// SPDX-License-Identifier: MIT
/*
 * A result line: the few members that gem-merge reads, as slices of the line.
 *
 * Native results and the two objects of the seed are one shape; a line without
 * `success` is a record that nobody has called yet.
 * May call: base, text, limit/verdict.
 */
#ifndef RECORD_OUTCOME_H
#define RECORD_OUTCOME_H

#include "limit/verdict.h"
#include "record/record.h"

struct outcome {
	struct json_value whole;    /* an object */
	struct json_value id;       /* as it came; JSON_NONE: there is none */
	struct json_value response; /* a string, or JSON_NONE */
	struct json_value success;  /* true, false or JSON_NONE */
	struct json_value error;    /* a string, or JSON_NONE */
	struct json_value call;     /* an object, or JSON_NONE */
	struct json_value split;    /* an object, or JSON_NONE */
	struct slice batch_key;     /* not absent: this is a line of a Gemini batch's output */
	uint64_t seq;               /* call.seq, or RECORD_NO_SEQ */
	bool duplicate;             /* a member that is read stands twice: the last one counts */
};

/* The line is borrowed. -1 with *error when it is not an object of JSON. */
int outcome_parse(struct outcome *o, struct slice line, struct json_error *error);
/* The same for one of many lines of a kind (json_scan_members). */
int outcome_parse_next(
    struct json_names *names, struct outcome *o, struct slice line, struct json_error *error);

/* The outcome of a copy of o->whole's bytes, which lies at `to`. */
void outcome_move(struct outcome *o, const char *to);

bool outcome_failed(const struct outcome *o);

/* Of a failure that names none it is CLASS_INVALID. */
enum call_class outcome_class(const struct outcome *o);

/* Appends a name for messages: the id, or "record N". */
void outcome_name(const struct outcome *o, uint64_t number, struct buf *out);

#endif
