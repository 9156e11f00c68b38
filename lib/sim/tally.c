// SPDX-License-Identifier: MIT
/* Open addressing; a full table counts no new names. */
#include "sim/tally.h"

#include <stdlib.h>

#include "base/mem.h"

#define FIRST_SLOTS 256

static size_t *
find(const struct sim_tally *t, uint64_t key)
{
	size_t at = (size_t)key & (t->slots - 1);

	while (t->index[at] && t->rows[t->index[at] - 1].key != key)
		at = (at + 1) & (t->slots - 1);
	return &t->index[at];
}

/* Twice the room, so that the index is never more than half full. */
static void
grow(struct sim_tally *t)
{
	free(t->index);
	t->slots = t->slots ? t->slots * 2 : FIRST_SLOTS;
	t->index = mem_zero(t->slots, sizeof *t->index);
	t->rows = mem_resize(t->rows, t->slots / 2, sizeof *t->rows);
	for (size_t i = 0; i < t->count; i++)
		*find(t, t->rows[i].key) = i + 1;
}

void
sim_tally_free(struct sim_tally *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->rows[i].label);
	free(t->rows);
	free(t->index);
	*t = (struct sim_tally){.max = t->max};
}

uint64_t
sim_tally_add(struct sim_tally *t, uint64_t key, struct slice label)
{
	size_t *place;

	if (t->count == t->slots / 2)
		grow(t);
	place = find(t, key);
	if (*place)
		return ++t->rows[*place - 1].seen;
	if (t->count < t->max) {
		t->rows[t->count] = (struct sim_tally_row){
		    key, 1, label.p ? mem_dup(label.p, label.n) : NULL};
		*place = ++t->count;
	}
	return 1;
}

uint64_t
sim_tally_seen(const struct sim_tally *t, uint64_t key)
{
	size_t row = t->slots ? *find(t, key) : 0;

	return row ? t->rows[row - 1].seen : 0;
}
