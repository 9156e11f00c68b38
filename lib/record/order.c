// SPDX-License-Identifier: MIT
/* A tree by number of what is held, and the number that goes on next. */
#include "record/order.h"

#include <search.h>
#include <stdlib.h>

#include "base/mem.h"

struct held {
	uint64_t seq;
	char *bytes;
	size_t n;
};

static int
compare(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static struct held *
find(const struct order *o, uint64_t seq)
{
	struct held **found = tfind(&(struct held){.seq = seq}, &o->held, compare);

	return found ? *found : NULL;
}

static void
free_held(void *held)
{
	free(((struct held *)held)->bytes);
	free(held);
}

static void
give(struct order *o, uint64_t seq, struct slice line)
{
	o->gaps += seq - o->next;
	o->next = seq + 1;
	o->give(o->context, line);
}

static void
hold(struct order *o, uint64_t seq, struct slice line)
{
	struct held *held = mem_zero(1, sizeof *held);

	*held = (struct held){seq, mem_dup(line.p, line.n), line.n};
	if (!tsearch(held, &o->held, compare))
		mem_exhausted();
}

/* Those that waited for the one before them only. */
static void
give_successors(struct order *o)
{
	struct held *held;

	while ((held = find(o, o->next))) {
		tdelete(held, &o->held, compare);
		give(o, held->seq, (struct slice){held->bytes, held->n});
		free_held(held);
	}
}

void
order_add(struct order *o, uint64_t seq, struct slice line)
{
	if (seq < o->next || find(o, seq))
		order_end(o);
	if (seq != o->next) {
		hold(o, seq, line);
		return;
	}
	give(o, seq, line);
	give_successors(o);
}

/* Called thrice for an inner node, before, between and after its branches: in between is in order. */
static void
visit(const void *node, VISIT visit, void *order)
{
	const struct held *held = *(struct held *const *)node;

	if (visit == postorder || visit == leaf)
		give(order, held->seq, (struct slice){held->bytes, held->n});
}

void
order_end(struct order *o)
{
	twalk_r(o->held, visit, o);
	order_free(o);
	o->next = 0;
}

void
order_free(struct order *o)
{
	tdestroy(o->held, free_held);
	o->held = NULL;
}
