// SPDX-License-Identifier: MIT
/*
 * The only door to libjq.
 *
 * A program is compiled once (20 ms with libjq 1.6, so never without need) and
 * run on texts that json_scan has accepted; libjq sees no other. Its results
 * come back as JSON texts. Errors of any kind become a message, without the
 * data in it; libjq's own aborts are kept away: library path attributes are
 * set (an import without them aborts), depth is limited to JQ_DEPTH_MAX, and
 * an allocation that fails ends the program with one line.
 * May call: base, text/json_scan, text/utf8. Nothing else includes jq.h.
 */
#ifndef TEXT_JQ_H
#define TEXT_JQ_H

#include "base/buf.h"

/* What libjq 1.6 parses and prints without damage. */
#define JQ_DEPTH_MAX 256

struct jq_program; /* owned by the caller: jq_program_free */

/* Compiles; NULL with the reason, in libjq's words, when the text is no jq program. */
struct jq_program *jq_program_new(const char *text, struct buf *error);
void jq_program_free(struct jq_program *program);

/*
 * Runs the program on one JSON text and calls `each` with every result, as one
 * line of JSON without a newline, until `each` returns false. A result that is
 * the input itself, as select(...) gives it, is `json` byte for byte. Returns -1
 * with the reason when the program fails on this text; results given before stand.
 */
int jq_run(struct jq_program *program, struct slice json,
    bool (*each)(void *context, struct slice result), void *context, struct buf *error);

#endif
