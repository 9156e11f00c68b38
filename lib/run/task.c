// SPDX-License-Identifier: MIT
/* Tasks that nobody needs are kept, with what their buffers have up to a bound. */
#include "run/task.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

/* What an idle task keeps of each buffer: an answer of 64 MiB must not cost that for ever. */
#define KEPT_BYTES ((size_t)256 << 10)

/* Failures until other records go first. */
#define TURN 3

struct task *
task_take(struct tasks *l)
{
	struct task *t = LIST_FIRST(&l->idle);

	if (t)
		LIST_REMOVE(t, list);
	else
		t = mem_zero(1, sizeof *t);
	t->call = (struct call){.request = &t->request, .reply = &t->reply, .owner = t};
	t->facts = (struct call_facts){.first_ms = -1};
	t->failures = t->ambiguous = t->refused = 0;
	t->retried = false;
	t->first_ms = CLOCK_NEVER;
	return t;
}

void
task_give(struct tasks *l, struct task *t)
{
	buf_trim(&t->record.line, KEPT_BYTES);
	buf_trim(&t->request.body, KEPT_BYTES);
	buf_trim(&t->reply.body, KEPT_BYTES);
	buf_trim(&t->answer.text, KEPT_BYTES);
	buf_trim(&t->stored, KEPT_BYTES);
	LIST_INSERT_HEAD(&l->idle, t, list);
}

void
task_queue(struct task *t, struct heap *h, int64_t at)
{
	t->due.at = at;
	t->due.rank = t->record.seq;
	heap_add(h, &t->due);
}

void
task_ready(struct task *t)
{
	task_queue(
	    t, &t->gate->ready, t->failures / TURN); /* not a time: the order before the gate */
}

struct task *
task_first(const struct heap *h)
{
	struct heap_node *first = heap_first(h);

	return first ? (struct task *)((char *)first - offsetof(struct task, due)) : NULL;
}

void
tasks_free(struct tasks *l)
{
	for (struct task *t; (t = LIST_FIRST(&l->idle));) {
		LIST_REMOVE(t, list);
		record_free(&t->record);
		request_free(&t->request);
		reply_free(&t->reply);
		answer_free(&t->answer);
		buf_free(&t->stored);
		free(t);
	}
}
