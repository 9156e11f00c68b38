// SPDX-License-Identifier: MIT
/*
 * What a run is doing, while it does it: counters, the line of the bar, events, and what is worth
 * a warning. The engine tells it what happens; a zeroed struct counts, and tells nobody.
 * May call: base, text, stream, record, run/gates, run/task, run/events.
 */
#ifndef RUN_METER_H
#define RUN_METER_H

#include "run/events.h"

struct meter {
	/* set by the program; each may be absent */
	void (*show)(const char *line); /* is called … */
	int64_t every_ms;               /* … so often */
	void (*warn)(const char *format, ...) __attribute__((format(printf, 1, 2)));
	struct input *input; /* for the number of records to come */
	bool told_elsewhere; /* failures are, each of them */
	struct events events;
	/* results */
	uint64_t done, failed; /* records */
	uint64_t called;       /* of these by this run */
	uint64_t refused;      /* attempts */
	/* inner */
	bool warned;            /* of silence … */
	bool told[CLASS_COUNT]; /* … and of a failure of that class */
	const struct gates *gates;
	int64_t start, now;
	int64_t due;       /* the next line; CLOCK_NEVER: none is shown */
	int64_t shown_ms;  /* the last one … */
	uint64_t shown;    /* … and the records that had been called then */
	double per_second; /* records, lately */
};

void meter_start(struct meter *m, const struct gates *gates, int64_t now);
void meter_tick(struct meter *m, int64_t now); /* time has gone on */
void meter_sent(struct meter *m, const struct task *t);
void meter_returned(struct meter *m, const struct task *t, const struct verdict *v);
void meter_waits(struct meter *m, const struct task *t, enum call_class class);
void meter_done(struct meter *m, const struct task *t);
void meter_failed(struct meter *m, const struct task *t); /* while the run goes on */
void meter_interrupted(const struct meter *m);
void meter_end(struct meter *m, const char *why, uint64_t unattempted);

/* Appends ", settled at -j 23 --rate 19.8/s", if the limits have adapted to the server. */
void meter_settled(const struct meter *m, struct buf *out);

#endif
