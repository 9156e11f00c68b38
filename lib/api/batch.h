// SPDX-License-Identifier: MIT
/*
 * Lines of a Gemini batch's output as native results: {"key","response"} or
 * {"key","error"}. What counts as a success is decided as for a call.
 * May call: base, text, record, limit/verdict, api/gemini.
 */
#ifndef API_BATCH_H
#define API_BATCH_H

#include "record/outcome.h"

/* Appends {"id":key,…} for a line that outcome_parse has found to be such a one. */
void batch_result(const struct outcome *o, struct buf *out);

#endif
