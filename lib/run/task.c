// SPDX-License-Identifier: MIT
/* Two linked lists: idle tasks, and those in flight. */
#include "run/task.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"

/* What an idle task keeps of each buffer: one answer of 64 MiB must not cost that for ever, and for each place. */
#define KEPT_BYTES ((size_t)256 << 10)

struct task *
task_take(struct tasks *l)
{
	struct task *t = l->idle;

	if (t) {
		l->idle = t->next;
		return t;
	}
	t = mem_zero(1, sizeof *t);
	t->call = (struct call){.request = &t->request, .reply = &t->reply, .owner = t};
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
	t->next = l->idle;
	l->idle = t;
}

void
task_depart(struct tasks *l, struct task *t)
{
	t->previous = NULL;
	t->next = l->in_flight;
	if (t->next)
		t->next->previous = t;
	l->in_flight = t;
}

void
task_return(struct tasks *l, struct task *t)
{
	if (t->previous)
		t->previous->next = t->next;
	else
		l->in_flight = t->next;
	if (t->next)
		t->next->previous = t->previous;
}

void
task_wait(struct task *t, struct heap *h, int64_t at)
{
	t->due.at = at;
	t->due.rank = t->record.seq;
	heap_add(h, &t->due);
}

void
task_ready(struct task *t)
{
	task_wait(t, &t->gate->ready, t->failures); /* not a time: the order before the gate */
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
	while (l->idle) {
		struct task *t = l->idle;

		l->idle = t->next;
		record_free(&t->record);
		request_free(&t->request);
		reply_free(&t->reply);
		answer_free(&t->answer);
		buf_free(&t->stored);
		free(t);
	}
}
