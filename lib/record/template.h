// SPDX-License-Identifier: MIT
/*
 * Templates: the inside of a jq string, rendered over a record.
 *
 * Text stands for itself, quotes and newlines included; \(.title) puts in the
 * value at a path: a string as its text, anything else as JSON. Escapes are
 * those of JSON; another one is an error at compile time. A missing or null
 * value fails the record, unless `//` in the expression gives another. Simple
 * paths run natively (text/json_path); the rest runs through libjq, all of it
 * in one program, with equal results.
 * May call: base, text.
 */
#ifndef RECORD_TEMPLATE_H
#define RECORD_TEMPLATE_H

#include "base/buf.h"
#include "text/jq.h"
#include "text/json_scan.h"

struct template; /* owned by the caller: template_free */

/* Compiles, or returns NULL with the reason. */
struct template *template_new(struct slice text, struct jq_shared *jq, struct buf *reason);
void template_free(struct template *t);

/* There is no expression in it: all prompts will be alike. */
bool template_is_constant(const struct template *t);
#define TEMPLATE_CONSTANT "no \\(.field) is in it (a file is @FILE): all prompts will be alike"

/*
 * Has json_scan hand out what the simple paths go through (text/json_path).
 * False when that will not do: template_render needs the record.
 */
bool template_want(struct template *t, struct json_wants *wants);

/*
 * Appends the result as a JSON string. -1 with the reason (which names the
 * expression, never the data) when the record cannot fill it: what was appended is
 * then of no use. `wanted` is what json_scan has handed out of the record, or NULL.
 */
int template_render(struct template *t, const struct json_value *record,
    const struct json_value *wanted, struct buf *out, struct buf *reason);

#endif
