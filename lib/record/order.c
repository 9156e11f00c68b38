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
	size_t file; /* of the input, that it came from */
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
give(struct order *order, const struct outcome *o, size_t file)
{
	if (file >= order->files)
		order->files = file + 1;
	buf_reset(&order->id);
	buf_slice(&order->id, json_raw(&o->id));
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

	if (spill_add(&order->spill, json_raw(&o->whole), &offset))
		return NULL;
	h = mem_zero(1, offsetof(struct held, outcome));
	h->n = o->whole.n;
	h->spilled = true;
	h->offset = offset;
	return h;
}

static int
hold(struct order *order, const struct outcome *o, size_t file)
{
	size_t size = sizeof(struct held) + o->whole.n + JSON_PAD;
	bool fits = size <= order->budget && order->held_bytes <= order->budget - size;
	struct held *h = fits ? hold_in_memory(o) : hold_in_file(order, o);

	if (!h)
		return -1;
	h->file = file;
	h->node = (struct heap_node){.at = (int64_t)o->seq, .rank = order->arrivals++};
	heap_add(&order->held, &h->node);
	order->held_bytes += size_of(h);
	return 0;
}

static struct held *
held_of(struct heap_node *node)
{
	return (struct held *)((char *)node - offsetof(struct held, node));
}

static struct held *
first(const struct order *order)
{
	struct heap_node *node = heap_first(&order->held);

	return node ? held_of(node) : NULL;
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
	give(order, &o, h->file);
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
		give(order, &h->outcome, h->file);
	free(h);
	return status;
}

/* Gives what is held of the files before `from`; the rest is of the next run. */
static int
end_run(struct order *order, size_t from)
{
	struct heap given;
	struct held *h;

	while ((h = first(order))) {
		if (h->file < from) {
			if (give_first(order, h))
				return -1;
		} else {
			heap_remove(&order->held, &h->node);
			heap_add(&order->kept, &h->node);
		}
	}
	given = order->held;
	order->held = order->kept;
	order->kept = given;
	order->next = 0;
	return 0;
}

/* Is it the one that went on last? Another run would have to begin with just that number. */
static bool
repeats_last(const struct order *order, const struct outcome *o)
{
	struct slice id = json_raw(&o->id);

	return o->seq + 1 == order->next && id.n && slice_equal(id, buf_view(&order->id));
}

int
order_add(struct order *order, const struct outcome *o, size_t file)
{
	bool begun = file < order->files; /* the run that goes on has some of this file */
	struct held *h;

	if (o->seq < order->next && !(begun && repeats_last(order, o))) {
		if (end_run(order, begun ? SIZE_MAX : file))
			return -1;
		if (begun)
			name_range(&order->restarts, o->seq, o->seq);
	}
	if (o->seq > order->next)
		return hold(order, o, file);
	give(order, o, file);
	while ((h = first(order)) && (uint64_t)h->node.at <= order->next) {
		if (give_first(order, h))
			return -1;
	}
	return 0;
}

int
order_end(struct order *order)
{
	return end_run(order, SIZE_MAX);
}

static void
free_held(struct heap *heap)
{
	struct heap_node *node;

	while ((node = heap_first(heap))) {
		heap_remove(heap, node);
		free(held_of(node));
	}
	heap_free(heap);
}

void
order_free(struct order *order)
{
	free_held(&order->held);
	free_held(&order->kept);
	spill_free(&order->spill);
	buf_free(&order->back);
	buf_free(&order->id);
	buf_free(&order->missing.text);
	buf_free(&order->again.text);
	buf_free(&order->restarts.text);
}
