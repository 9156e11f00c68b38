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

struct batch_reader { /* zeroed: ready */
	struct json_names names;
	struct buf native; /* the line that was made of a batch's */
};

/*
 * As outcome_parse, for a line of any shape: of a batch's line o is that of the
 * native one, which lives in the reader until its next line.
 */
int batch_read(
    struct batch_reader *r, struct outcome *o, struct slice line, struct json_error *error);
void batch_reader_free(struct batch_reader *r);

#endif
