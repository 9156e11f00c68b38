// SPDX-License-Identifier: MIT
/*
 * A task: all that the engine keeps of one record on its way, from its line to
 * its answer; and the lists that tasks stand in. Idle tasks keep their memory
 * for the next record.
 * May call: base, record, net/transport, run/gates, stream/journal_index's words.
 */
#ifndef RUN_TASK_H
#define RUN_TASK_H

#include <sys/queue.h>

#include "base/heap.h"
#include "net/transport.h"
#include "record/record.h"
#include "record/result.h"
#include "run/gates.h"
#include "stream/journal_index.h"

struct task {
	struct record record;
	struct request request;
	struct reply reply;
	struct answer answer;
	struct call_facts facts; /* complete when the task is emitted */
	struct buf stored;       /* the line of an earlier run that has its answer */
	struct journal_key key;  /* of it, and of its own line */
	struct call call;
	struct model_gate *gate;
	struct permit permit; /* of the attempt in flight */
	int64_t reserved;     /* tokens of the budget, likewise */
	unsigned failures;    /* that count against --retry */
	unsigned ambiguous;
	unsigned refused; /* by rate */
	bool retried;     /* at the expense of the budget of retries */
	int64_t pulled_ms;
	int64_t first_ms;      /* when its first attempt was started; CLOCK_NEVER: not yet */
	struct heap_node due;  /* at: when it may be ready again; once it is: its turns */
	LIST_ENTRY(task) list; /* one of the two below */
};

struct tasks {
	LIST_HEAD(, task) in_flight, idle;
};

struct task *task_take(struct tasks *l);         /* one that nothing is known of yet */
void task_give(struct tasks *l, struct task *t); /* it is idle again */

/* Into a heap: the lowest `at` goes first, and of these the oldest record. */
void task_queue(struct task *t, struct heap *h, int64_t at);

/*
 * It waits for its gate alone. The oldest goes first, but behind others after some failures: the
 * probes of an outage are not all made with one record, nor each with one that is new.
 */
void task_ready(struct task *t);

struct task *task_first(const struct heap *h); /* NULL: none waits there */
void tasks_free(struct tasks *l);              /* none may be in flight */

#endif
