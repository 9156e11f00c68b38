// SPDX-License-Identifier: MIT
/* Reorder: whatever the order in, every number comes out once and in order. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "stream/reorder.h"
#include "tap.h"

#define SEEDS 200
#define MOST 500

/* Fisher and Yates; with a window, no number runs further ahead of its place than that. */
static void
shuffle(struct rng *r, uint64_t *numbers, size_t count, size_t window)
{
	for (size_t i = 0; i < count; i++) {
		size_t left = count - i;
		size_t j = i + rng_below(r, left < window ? left : window);
		uint64_t t = numbers[i];

		numbers[i] = numbers[j];
		numbers[j] = t;
	}
}

static void
put(struct reorder *ring, uint64_t number)
{
	struct buf text = {0};

	buf_printf(&text, "record %llu", (unsigned long long)number);
	reorder_put(ring, number, buf_view(&text));
	buf_free(&text);
}

/* Takes out what is due; false when a record is not that of its number. */
static bool
drain(struct reorder *ring, uint64_t *expected)
{
	struct slice out;
	char text[32];

	while (reorder_next(ring, &out)) {
		snprintf(text, sizeof text, "record %llu", (unsigned long long)(*expected)++);
		if (!slice_is(out, text))
			return false;
	}
	return true;
}

static bool
permutation(uint64_t seed)
{
	struct reorder ring = {0};
	struct rng r;
	uint64_t expected = 0;
	size_t count, window;
	uint64_t *numbers;
	bool good = true;

	rng_seed(&r, seed);
	count = 1 + rng_below(&r, MOST);
	window = 1 + rng_below(&r, count);
	numbers = mem_zero(count, sizeof *numbers);
	for (size_t i = 0; i < count; i++)
		numbers[i] = i;
	shuffle(&r, numbers, count, window);
	for (size_t i = 0; i < count && good; i++) {
		put(&ring, numbers[i]);
		good = drain(&ring, &expected);
	}
	good = good && expected == count && ring.held == 0;
	reorder_free(&ring);
	free(numbers);
	return good;
}

static void
permutations(void)
{
	uint64_t seed = 0;

	while (seed < SEEDS && permutation(seed))
		seed++;
	ok(seed == SEEDS, "every permutation comes out in order, each number once");
	if (seed < SEEDS)
		printf("# seed %llu\n", (unsigned long long)seed);
}

static void
gaps(void)
{
	struct reorder ring = {0};
	struct slice out;

	ok(!reorder_skip_gap(&ring), "there is no gap before nothing");
	put(&ring, 2);
	put(&ring, 100);
	ok(!reorder_next(&ring, &out), "a record waits for the ones before it");
	ok(reorder_skip_gap(&ring) && ring.next == 2, "a gap is stepped over");
	ok(reorder_next(&ring, &out) && slice_is(out, "record 2"), "behind a gap, order goes on");
	ok(reorder_skip_gap(&ring) && ring.next == 100, "and so is the next one");
	ok(reorder_next(&ring, &out) && slice_is(out, "record 100"), "to the last record");
	ok(!reorder_skip_gap(&ring), "behind which there is no gap");
	reorder_free(&ring);
}

static void
far_from_zero(void)
{
	struct reorder ring = {.next = UINT64_C(1) << 40};
	struct slice out;

	put(&ring, ring.next + 70);
	put(&ring, ring.next);
	ok(reorder_next(&ring, &out) && reorder_skip_gap(&ring) && reorder_next(&ring, &out),
	    "numbers may begin anywhere");
	reorder_free(&ring);
}

int
main(void)
{
	permutations();
	gaps();
	far_from_zero();
	return tap_done();
}
