// SPDX-License-Identifier: MIT
/*
 * What a run is doing, while it does it: counters, the line of the bar, and events,
 * one JSON object a line:
 *   sent   an attempt starts            seq id model attempt in_flight
 *   retry  it has failed: another will  seq id class status wait
 *   done   a record's last word         seq id class attempts
 *   limit  what is let through changes  model unit old new why
 *   pause  nothing starts before        model until why
 *   end                                 why succeeded failed unattempted
 * each with `t`, seconds since the start. why is latency, refused, failed, quiet (no
 * refusal for a while: the rate is raised), outage or recovered. The engine tells it
 * what happens; a zeroed struct counts, and tells nobody.
 * May call: base, text, stream, record, run/gates, run/task.
 */
#ifndef RUN_METER_H
#define RUN_METER_H

#include "run/gates.h"
#include "run/task.h"
#include "stream/input.h"
#include "stream/writer.h"

struct meter {
	/* set by the program; each may be absent */
	void (*show)(const char *line); /* is called … */
	int64_t every_ms;               /* … so often */
	void (*warn)(const char *format, ...) __attribute__((format(printf, 1, 2)));
	struct input *input; /* for the number of records to come */
	/* results */
	uint64_t done, failed, refused, lost_events;
	/* inner */
	struct writer events;
	bool telling; /* there is a file for them */
	bool warned;
	const struct gates *gates;
	int64_t start, now;
	int64_t due;       /* the next line; CLOCK_NEVER: none is shown */
	int64_t shown_ms;  /* the last one … */
	uint64_t shown;    /* … and the records that were done then */
	double per_second; /* records, lately */
};

/*
 * Events go to this file, made anew; -1 with the reason, also when it is one of the input's, or
 * one that results go to (-1: none).
 */
int meter_open(struct meter *m, const char *path, int output, int journal, struct buf *reason);

/* abandon: a reader that takes nothing is not waited for. -1 with errno. */
int meter_close(struct meter *m, bool abandon);

void meter_start(struct meter *m, const struct gates *gates, int64_t now);
void meter_tick(struct meter *m, int64_t now); /* time has gone on */
void meter_sent(struct meter *m, const struct task *t);
void meter_returned(struct meter *m, const struct task *t, const struct verdict *v);
void meter_waits(struct meter *m, const struct task *t, enum call_class class);
void meter_done(struct meter *m, const struct task *t);
void meter_end(struct meter *m, const char *why, uint64_t unattempted);

/* Appends ", settled at -j 23 --rate 19.8/s", if the limits have adapted to the server. */
void meter_settled(const struct meter *m, struct buf *out);

#endif
