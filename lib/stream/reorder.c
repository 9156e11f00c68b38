// SPDX-License-Identifier: MIT
/* A slot's place is its number modulo a power of two. */
#include "stream/reorder.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define FIRST_SLOTS 64 /* a power of two, as every capacity is */

static struct reorder_slot *
slot_of(const struct reorder *r, uint64_t number)
{
	return &r->slots[number & (r->cap - 1)];
}

void
reorder_free(struct reorder *r)
{
	for (size_t i = 0; i < r->cap; i++)
		buf_free(&r->slots[i].bytes);
	free(r->slots);
	*r = (struct reorder){0};
}

/* Room for `number`: the slots of [next, next + cap) move to their new places. */
static void
grow(struct reorder *r, uint64_t number)
{
	struct reorder old = *r;

	while (number - r->next >= r->cap)
		r->cap = r->cap ? r->cap * 2 : FIRST_SLOTS;
	r->slots = mem_zero(r->cap, sizeof *r->slots);
	for (uint64_t n = old.next; n < old.next + old.cap; n++)
		*slot_of(r, n) = *slot_of(&old, n);
	free(old.slots);
}

void
reorder_put(struct reorder *r, uint64_t number, struct slice bytes)
{
	struct reorder_slot *slot;

	assert(number >= r->next);
	if (number - r->next >= r->cap)
		grow(r, number);
	slot = slot_of(r, number);
	assert(!slot->present);
	slot->present = true;
	buf_slice(&slot->bytes, bytes);
	r->held++;
}

bool
reorder_next(struct reorder *r, struct slice *out)
{
	struct reorder_slot *slot = r->cap ? slot_of(r, r->next) : NULL;

	if (!slot || !slot->present)
		return false;
	*out = buf_view(&slot->bytes);
	r->held--;
	r->next++;
	slot->present = false;
	slot->bytes.len = 0; /* the bytes stay for the caller until the slot is used again */
	return true;
}

bool
reorder_skip_gap(struct reorder *r)
{
	if (!r->held)
		return false;
	while (!slot_of(r, r->next)->present)
		r->next++;
	return true;
}
