// SPDX-License-Identifier: MIT
/*
 * A sorted array: what is asked for is a range in it, and in a range those that are taken are
 * skipped as in a disjoint set, with the way made short.
 */
#include "stream/journal_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_ENTRIES 64
#define LENGTH_MASK 0xfffffffu /* all that its bit-field can hold */

void
journal_index_add(struct journal_index *x, const struct journal_key *key, enum journal_line kind,
    uint64_t offset, size_t length)
{
	if (x->count == 0 || (x->count >= FIRST_ENTRIES && !(x->count & (x->count - 1))))
		x->entries = mem_resize(
		    x->entries, x->count ? x->count * 2 : FIRST_ENTRIES, sizeof *x->entries);
	x->entries[x->count++] = (struct journal_entry){
	    .key = *key, .offset = offset, .length = length & LENGTH_MASK, .kind = kind};
}

/* How much of a key is compared. */
enum part {
	REQUEST = offsetof(struct journal_key, id),
	REQUEST_AND_ID = offsetof(struct journal_key, place),
	WHOLE = sizeof(struct journal_key),
};

/* In whatever order, as long as it is one. */
static int
compare(const struct journal_entry *x, const struct journal_entry *y, enum part part)
{
	return memcmp(&x->key, &y->key, part);
}

static int
by_offset(const void *a, const void *b)
{
	const struct journal_entry *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int
by_place(const void *a, const void *b)
{
	int order = compare(a, b, WHOLE);

	return order ? order : by_offset(a, b);
}

static int
by_claim(const void *a, const void *b)
{
	const struct journal_entry *x = a, *y = b;
	int order = (int)x->kind - (int)y->kind;

	if (!order)
		order = compare(x, y, REQUEST_AND_ID);
	return order ? order : by_offset(a, b);
}

void
journal_index_take(struct journal_index *x, size_t entry)
{
	x->entries[entry].taken = true;
}

void
journal_index_retire(struct journal_index *x, size_t entry)
{
	journal_index_take(x, entry);
	x->entries[entry].gone = true;
	x->gone++;
}

/* Of one request and id: any later line is a successor, and of a failure an answer. */
static void
retire_old(struct journal_index *x, size_t begin, size_t end, bool retry_failed)
{
	bool answered = false;
	uint64_t last = 0;

	for (size_t i = begin; i < end; i++)
		last = x->entries[i].offset > last ? x->entries[i].offset : last;
	for (size_t i = end; i-- > begin;) {
		const struct journal_entry *e = &x->entries[i];

		answered = answered && compare(e, e + 1, WHOLE) == 0;
		if (e->kind == JOURNAL_RETRY ? e->offset < last
					     : e->kind == JOURNAL_FAILURE && answered)
			journal_index_retire(x, i);
		answered = answered || e->kind == JOURNAL_ANSWER ||
			   (retry_failed && e->kind == JOURNAL_FAILURE);
	}
}

void
journal_index_build(struct journal_index *x, bool retry_failed)
{
	size_t begin = 0;

	if (!x->count)
		return;
	qsort(x->entries, x->count, sizeof *x->entries, by_place);
	for (size_t end = 1; end <= x->count; end++) {
		if (end < x->count &&
		    !compare(&x->entries[begin], &x->entries[end], REQUEST_AND_ID))
			continue;
		retire_old(x, begin, end, retry_failed);
		begin = end;
	}
	qsort(x->entries, x->count, sizeof *x->entries, by_claim);
	for (size_t i = 0; i < x->count; i++)
		x->entries[i].next = (uint32_t)i + 1;
}

/* The first entry that is not before this one. */
static size_t
lower_bound(const struct journal_index *x, const struct journal_entry *from)
{
	size_t low = 0, high = x->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_claim(&x->entries[middle], from) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t
skip_taken(struct journal_index *x, size_t from)
{
	size_t to = from;

	while (to < x->count && x->entries[to].taken)
		to = x->entries[to].next;
	while (from < to) {
		size_t next = x->entries[from].next;

		x->entries[from].next = (uint32_t)to;
		from = next;
	}
	return to;
}

size_t
journal_index_find(
    struct journal_index *x, const struct journal_key *key, bool any, enum journal_line kind)
{
	struct journal_entry from = {.key = *key, .kind = kind};
	size_t entry;

	if (any)
		from.key.id = 0;
	entry = skip_taken(x, lower_bound(x, &from));
	if (entry == x->count || x->entries[entry].kind != kind ||
	    compare(&x->entries[entry], &from, any ? REQUEST : REQUEST_AND_ID))
		return JOURNAL_NO_ENTRY;
	return entry;
}

void
journal_index_by_offset(struct journal_index *x)
{
	qsort(x->entries, x->count, sizeof *x->entries, by_offset);
}

void
journal_index_free(struct journal_index *x)
{
	free(x->entries);
	*x = (struct journal_index){0};
}
