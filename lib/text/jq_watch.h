// SPDX-License-Identifier: MIT
/*
 * The watchdog of a jq program: one that does not end is halted; if even that
 * does not help, the process ends. An assertion of libjq's, which some data makes fail,
 * ends the record, not the process. For text/jq's eyes only.
 *
 * A timer on the process's CPU time ticks all along, so a record costs no
 * system call, and a process that waits for input is never woken. The signal
 * brings its watch with it: no variable at file scope is needed.
 * May call: base/assertion, libjq, and in the handler what may be called there.
 */
#ifndef TEXT_JQ_WATCH_H
#define TEXT_JQ_WATCH_H

#include <jq.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/assertion.h"
#include "text/jq.h"

/* A tick is a quarter of the limit. */
#define JQ_WATCH_TICKS 4

/* libjq looks at its halt at each step, but a step may be a long function of its own. */
#define JQ_WATCH_HARD_FACTOR 5

struct jq_watch {
	const struct jq_shared *shared;
	jq_state *jq;
	timer_t timer;
	bool set;                       /* the timer is there */
	volatile sig_atomic_t ticks;    /* since the record began */
	volatile sig_atomic_t running;  /* libjq is at work: it may be halted */
	volatile sig_atomic_t too_long; /* it was */
	struct assertion_trap trap;     /* with an assertion: jq is in no known state */
};

/* The struct may not move until jq_watch_end. -1 with errno. */
int jq_watch_start(struct jq_watch *w, const struct jq_shared *shared, int64_t limit_ms);
void jq_watch_end(struct jq_watch *w);

void jq_watch_record(struct jq_watch *w, jq_state *jq); /* another record begins */
jv jq_watch_next(struct jq_watch *w); /* jq_next, watched; no value when libjq has broken off */

#endif
