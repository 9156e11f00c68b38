// SPDX-License-Identifier: MIT
/* The classic array heap, 1-based: the children of node i are 2i and 2i + 1. */
#include "base/heap.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

static bool
before(const struct heap_node *a, const struct heap_node *b)
{
	return a->at != b->at ? a->at < b->at : a->rank < b->rank;
}

static void
put(struct heap *h, size_t place, struct heap_node *node)
{
	h->nodes[place] = node;
	node->place = place;
}

static void
rise(struct heap *h, size_t place, struct heap_node *node)
{
	for (; place > 1 && before(node, h->nodes[place / 2]); place /= 2)
		put(h, place, h->nodes[place / 2]);
	put(h, place, node);
}

static void
sink(struct heap *h, size_t place, struct heap_node *node)
{
	for (size_t child; (child = 2 * place) <= h->count; place = child) {
		if (child < h->count && before(h->nodes[child + 1], h->nodes[child]))
			child++;
		if (!before(h->nodes[child], node))
			break;
		put(h, place, h->nodes[child]);
	}
	put(h, place, node);
}

void
heap_free(struct heap *h)
{
	free(h->nodes);
	*h = (struct heap){0};
}

void
heap_add(struct heap *h, struct heap_node *node)
{
	assert(node->place == 0);
	if (h->count + 1 >= h->cap) {
		h->cap = h->cap ? h->cap * 2 : 64;
		h->nodes = mem_resize(h->nodes, h->cap, sizeof *h->nodes);
	}
	rise(h, ++h->count, node);
}

void
heap_remove(struct heap *h, struct heap_node *node)
{
	size_t place = node->place;
	struct heap_node *last;

	assert(place && h->nodes[place] == node);
	last = h->nodes[h->count--];
	node->place = 0;
	if (last == node)
		return;
	if (place > 1 && before(last, h->nodes[place / 2]))
		rise(h, place, last);
	else
		sink(h, place, last);
}

struct heap_node *
heap_first(const struct heap *h)
{
	return h->count ? h->nodes[1] : NULL;
}
