// SPDX-License-Identifier: MIT
/* Order: any permutation of a run comes out in order, runs one after the other. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "record/order.h"
#include "tap.h"

#define SEEDS 200
#define MOST 300

struct seen {
	struct buf text; /* what was given, with a blank behind each */
};

static void
take(void *context, struct slice line)
{
	struct seen *seen = context;

	buf_slice(&seen->text, line);
	buf_char(&seen->text, ' ');
}

static void
add(struct order *o, uint64_t seq)
{
	struct buf line = {0};

	buf_u64(&line, seq);
	order_add(o, seq, buf_view(&line));
	buf_free(&line);
}

static void
expect(const uint64_t *numbers, size_t count, const char *expected, uint64_t gaps, const char *name)
{
	struct seen seen = {0};
	struct order o = {.give = take, .context = &seen};

	for (size_t i = 0; i < count; i++)
		add(&o, numbers[i]);
	order_end(&o);
	is_str(buf_view(&seen.text), expected, name);
	ok(o.gaps == gaps, "%s: the gaps are counted", name);
	order_free(&o);
	buf_free(&seen.text);
}

/* Numbers with gaps of up to `gap`, shuffled; then sorted they must come. */
static bool
permutation(uint64_t seed)
{
	struct seen seen = {0};
	struct order o = {.give = take, .context = &seen};
	struct buf sorted = {0};
	uint64_t *numbers, next = 0;
	struct rng r;
	size_t count;
	bool good;

	rng_seed(&r, seed);
	count = 1 + rng_below(&r, MOST);
	numbers = mem_zero(count, sizeof *numbers);
	for (size_t i = 0; i < count; i++) {
		next += seed % 2 ? rng_below(&r, UINT64_C(1) << 40) : 0;
		numbers[i] = next++;
		buf_u64(&sorted, numbers[i]);
		buf_char(&sorted, ' ');
	}
	for (size_t i = count - 1; i; i--) {
		size_t j = rng_below(&r, i + 1);
		uint64_t t = numbers[i];

		numbers[i] = numbers[j];
		numbers[j] = t;
	}
	for (size_t i = 0; i < count; i++)
		add(&o, numbers[i]);
	good = seed % 2 || !o.held;
	order_end(&o);
	good = good && slice_equal(buf_view(&seen.text), buf_view(&sorted));
	order_free(&o);
	buf_free(&seen.text);
	buf_free(&sorted);
	free(numbers);
	return good;
}

int
main(void)
{
	uint64_t seed = 0;

	expect((uint64_t[]){2, 0, 1, 3}, 4, "0 1 2 3 ", 0, "a run without gaps");
	expect((uint64_t[]){7, 3}, 2, "3 7 ", 6, "a run with gaps");
	expect((uint64_t[]){1, 0, 0, 1}, 4, "0 1 0 1 ", 0, "a number given before begins a run");
	expect((uint64_t[]){5, 5, 0}, 3, "5 0 5 ", 9, "a number held already begins a run");
	expect((uint64_t[]){UINT64_MAX - 1, 0}, 2, "0 18446744073709551614 ", UINT64_MAX - 2,
	    "the greatest number costs no memory");
	expect(NULL, 0, "", 0, "nothing");
	while (seed < SEEDS && permutation(seed))
		seed++;
	ok(seed == SEEDS, "every permutation comes out sorted, each line once");
	return tap_done();
}
