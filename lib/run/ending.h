// SPDX-License-Identifier: MIT
/*
 * How a run has ended: closes the outputs, says what has stopped it, prints the summary's
 * line, and finds the exit status.
 * May call: base, stream, record/summary, run/engine, run/pipe.
 */
#ifndef RUN_ENDING_H
#define RUN_ENDING_H

#include "run/pipe.h"

/* Says it through p->warn and p->say; frees what the report holds. */
int ending(struct pipe *p, struct engine_report *r, int64_t elapsed_ms, bool quiet);

#endif
