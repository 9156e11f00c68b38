// SPDX-License-Identifier: MIT
/*
 * Result lines of every shape as native ones: a line of a Gemini batch's
 * output, {"key","response"} or {"key","error"}, is turned into {"id",…} with
 * what it says of the call. What counts as a success is decided as for a call.
 * May call: base, text, record, limit/verdict, api/gemini.
 */
#ifndef API_BATCH_H
#define API_BATCH_H

#include "record/outcome.h"

/*
 * As outcome_parse, for a line of any shape: *line and o become those of the
 * native one, which lives in `native`.
 */
int batch_read(struct outcome *o, struct slice *line, struct buf *native, struct json_error *error);

#endif
