// SPDX-License-Identifier: MIT
/* A heap by number, and the number that goes on next. */
#include "record/order.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct held {
	struct heap_node node;
	size_t n;
	bool spilled;
	uint64_t offset; /* in the file */
	/* of one that is in memory: */
	struct outcome outcome; /* of the bytes below */
	char bytes[];
};

static size_t
size_of(const struct held *h)
{
	return h->spilled ? offsetof(struct held, outcome) : sizeof *h + h->n + JSON_PAD;
}

static void
name_range(struct order_names *names, uint64_t first, uint64_t last)
{
	names->count += last - first + 1;
	if (names->ranges++ >= ORDER_NAMED_MAX)
		return;
	buf_printf(&names->text, "%s%" PRIu64, names->ranges > 1 ? ", " : "", first);
	if (last > first)
		buf_printf(&names->text, "-%" PRIu64, last);
}

static void
give(struct order *order, const struct outcome *o)
{
	if (o->seq > order->next)
		name_range(&order->missing, order->next, o->seq - 1);
	if (o->seq < order->next)
		name_range(&order->again, o->seq, o->seq);
	order->next = o->seq + 1;
	order->give(order->context, o);
}

static struct held *
hold_in_memory(const struct outcome *o)
{
	struct held *h = mem_resize(NULL, 1, sizeof *h + o->whole.n + JSON_PAD);

	*h = (struct held){.n = o->whole.n, .outcome = *o};
	memcpy(h->bytes, o->whole.p, o->whole.n);
	h->bytes[h->n] = '\0';
	outcome_move(&h->outcome, h->bytes);
	return h;
}

static struct held *
hold_in_file(struct order *order, const struct outcome *o)
{
	struct held *h;
	uint64_t offset;

	if (spill_add(&order->spill, (struct slice){o->whole.p, o->whole.n}, &offset))
		return NULL;
	h = mem_zero(1, offsetof(struct held, outcome));
	h->n = o->whole.n;
	h->spilled = true;
	h->offset = offset;
	return h;
}

static int
hold(struct order *order, const struct outcome *o)
{
	size_t size = sizeof(struct held) + o->whole.n + JSON_PAD;
	bool fits = size <= order->budget && order->held_bytes <= order->budget - size;
	struct held *h = fits ? hold_in_memory(o) : hold_in_file(order, o);

	if (!h)
		return -1;
	h->node = (struct heap_node){.at = (int64_t)o->seq, .rank = order->arrivals++};
	heap_add(&order->held, &h->node);
	order->held_bytes += size_of(h);
	return 0;
}

static struct held *
first(const struct order *order)
{
	struct heap_node *node = heap_first(&order->held);

	return node ? (struct held *)((char *)node - offsetof(struct held, node)) : NULL;
}

/* What the file has of it has been read before: it is JSON, or not what was written. */
static int
give_from_file(struct order *order, const struct held *h)
{
	struct json_error error;
	struct outcome o;

	buf_reset(&order->back);
	if (spill_read(&order->spill, h->offset, h->n, &order->back))
		return -1;
	spill_drop(&order->spill);
	if (outcome_parse(&o, buf_view(&order->back), &error)) {
		errno = EIO;
		return -1;
	}
	give(order, &o);
	return 0;
}

static int
give_first(struct order *order, struct held *h)
{
	int status = 0;

	heap_remove(&order->held, &h->node);
	order->held_bytes -= size_of(h);
	if (h->spilled)
		status = give_from_file(order, h);
	else
		give(order, &h->outcome);
	free(h);
	return status;
}

int
order_add(struct order *order, const struct outcome *o, size_t file)
{
	struct held *h;

	if (o->seq < order->next) {
		if (order_end(order))
			return -1;
		if (file == order->file)
			name_range(&order->restarts, o->seq, o->seq);
	}
	order->file = file;
	if (o->seq != order->next)
		return hold(order, o);
	give(order, o);
	while ((h = first(order)) && (uint64_t)h->node.at <= order->next) {
		if (give_first(order, h))
			return -1;
	}
	return 0;
}

int
order_end(struct order *order)
{
	struct held *h;

	while ((h = first(order))) {
		if (give_first(order, h))
			return -1;
	}
	order->next = 0;
	return 0;
}

void
order_free(struct order *order)
{
	struct held *h;

	while ((h = first(order))) {
		heap_remove(&order->held, &h->node);
		free(h);
	}
	heap_free(&order->held);
	spill_free(&order->spill);
	buf_free(&order->back);
	buf_free(&order->missing.text);
	buf_free(&order->again.text);
	buf_free(&order->restarts.text);
}
