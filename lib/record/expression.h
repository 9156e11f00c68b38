// SPDX-License-Identifier: MIT
/*
 * A jq expression that gives one value of a record: natively where it is a
 * simple path, which keeps a number's bytes, else through libjq.
 * May call: base, text.
 */
#ifndef RECORD_EXPRESSION_H
#define RECORD_EXPRESSION_H

#include "base/buf.h"
#include "text/jq.h"
#include "text/json_scan.h"

struct expression; /* owned by the caller: expression_free */

/* Compiles, or returns NULL with the reason. */
struct expression *expression_new(const char *text, struct jq_shared *jq, struct buf *reason);
void expression_free(struct expression *e);

/* Has json_scan hand out what a simple path goes through (text/json_path). */
void expression_want(struct expression *e, struct json_wants *wants);

/*
 * The value, null when there is none. -1 with the reason when the expression
 * fails or gives more than one. `wanted` is what json_scan has handed out of
 * root, or NULL. *out borrows from root's text, or from e until
 * the next call.
 */
int expression_get(struct expression *e, const struct json_value *root,
    const struct json_value *wanted, struct json_value *out, struct buf *reason);

#endif
