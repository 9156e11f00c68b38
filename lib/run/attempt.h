// SPDX-License-Identifier: MIT
/*
 * What becomes of an attempt: the record is settled, waits for another one, or
 * the whole run stops. Here the verdicts of limit/ turn into deeds.
 *
 * The state of a run stands here too, for engine.c, admit.c and attempt.c alone.
 * May call: base, limit, record, api, net/transport.
 */
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include "base/rng.h"
#include "limit/budget.h"
#include "run/engine.h"

struct engine {
	const struct engine_config *config;
	const struct engine_port *port;
	struct gates *gates;
	struct transport transport;
	struct rng random;
	struct heap waiting; /* tasks that have failed, until they are ready again */
	struct tasks tasks;
	struct engine_report report;
	struct budget budget;
	uint64_t retries; /* after failures: started, and not answered */
	uint64_t answers;
	int64_t start, deadline;
	bool spent;    /* the quota of a model is; others may go on */
	bool undone;   /* the stop has left a record that another run calls again */
	bool ended;    /* the input has */
	bool starved;  /* the last pull gave nothing: wait for input */
	bool cramped;  /* pulling broke off: no room, or enough for one round */
	bool stopping; /* no new records, no new attempts */
	bool backlog;  /* output is left to write */
	int64_t drain_until;
	int64_t refused_since; /* nothing but refusals since then; CLOCK_NEVER: no */
	int64_t now;
};

/* A reply has come: judge it, and do what follows. */
void attempt_ended(struct engine *e, struct task *t);

/* May the record have another attempt at this time? */
bool attempt_is_in_time(const struct engine *e, const struct task *t, int64_t when);

/* It waits in this heap for an attempt that it will not have: settled with its last failure. */
void attempt_give_up(struct engine *e, struct heap *from, struct task *t);

/* All that wait there; those that were never sent are counted, and come out with nothing. */
void attempt_give_up_all(struct engine *e, struct heap *from);

/* The record's last word: it is emitted, once. */
void engine_settle(struct engine *e, struct task *t, enum call_class class);

/* No new records or attempts; the first reason stands, or one that beats it. answer may be NULL. */
void engine_stop(struct engine *e, enum engine_end end, const struct answer *answer);

#endif
