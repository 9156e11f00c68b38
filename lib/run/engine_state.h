// SPDX-License-Identifier: MIT
/*
 * The state of a run, and what ends in it: a record, and the run itself.
 * For engine.c, admit.c and attempt.c alone.
 * May call: base, limit, record, api, net/transport.
 */
#ifndef RUN_ENGINE_STATE_H
#define RUN_ENGINE_STATE_H

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

/* The record's last word: it is emitted, once. */
void engine_settle(struct engine *e, struct task *t, enum call_class class);

/* No new records or attempts; the first reason stands, or one that beats it. answer may be NULL. */
void engine_stop(struct engine *e, enum engine_end end, const struct answer *answer);

#endif
