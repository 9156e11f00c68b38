// SPDX-License-Identifier: MIT
/*
 * What happens in a run, one JSON object a line:
 *   sent   an attempt starts            seq id model attempt in_flight
 *   retry  it has failed: another will  seq id class status wait
 *   done   a record's last word         seq id class attempts
 *   limit  what is let through changes  model unit old new why
 *   pause  nothing starts before        model until why
 *   end                                 why succeeded failed unattempted
 * each with `t`, seconds since the start. why is latency, refused, failed, quiet (no
 * refusal for a while: the rate is raised), outage or recovered. A zeroed struct tells nobody.
 * May call: base, text, stream, record, run/gates, run/task.
 */
#ifndef RUN_EVENTS_H
#define RUN_EVENTS_H

#include "run/gates.h"
#include "run/task.h"
#include "stream/input.h"
#include "stream/writer.h"

struct events {
	struct writer writer;
	bool on; /* there is a file for them */
	int64_t start, now;
	uint64_t lost; /* the file's reader was too slow */
};

/*
 * Events go to this file, made anew; -1 with the reason, also when it is one of the input's, or
 * one that results go to (-1: none).
 */
int events_open(struct events *e, const char *path, const struct input *input, int output,
    int journal, struct buf *reason);

/* abandon: a reader that takes nothing is not waited for. -1 with errno. */
int events_close(struct events *e, bool abandon);

void events_tick(struct events *e, int64_t now); /* time has gone on */
void events_sent(struct events *e, const struct task *t, size_t in_flight);
void events_retry(struct events *e, const struct task *t, enum call_class class);
void events_done(struct events *e, const struct task *t);
/* What the task's gate lets through, if it is something else now. */
void events_changes(struct events *e, const struct task *t, enum load load);
void events_end(
    struct events *e, const char *why, uint64_t succeeded, uint64_t failed, uint64_t unattempted);

#endif
