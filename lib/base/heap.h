// SPDX-License-Identifier: MIT
/*
 * Deadlines: a binary heap of nodes that live inside their owners.
 *
 * The heap borrows the nodes; a node is in one heap at most and knows its
 * place, so that any of them is removed in O(log n). Equal deadlines leave in
 * the order of `rank`, smaller first.
 * May call: base/mem.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_node {
	int64_t at; /* the deadline; not to be changed while in a heap */
	uint64_t rank;
	size_t place; /* 1-based; 0: in no heap */
};

struct heap {
	struct heap_node **nodes; /* nodes[1] is the first due */
	size_t count;
	size_t cap;
};

void heap_free(struct heap *h); /* the nodes stay their owners' */
void heap_add(struct heap *h, struct heap_node *node);
void heap_remove(struct heap *h, struct heap_node *node);
struct heap_node *heap_first(const struct heap *h); /* NULL when empty */

#endif
