// SPDX-License-Identifier: MIT
/*
 * Order: any permutation of a run comes out in order, runs one after the other,
 * whatever fits into memory.
 */
#include "record/order.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "json.h"
#include "tap.h"

#define SEEDS 200
#define MOST 300

/* The ids of what was given, with a blank behind each. */
static void
take(void *context, const struct outcome *o)
{
	struct buf *seen = context;

	buf_add(seen, o->id.p, o->id.n);
	buf_char(seen, ' ');
}

/* A result of that number, in that file, with what begins its id; the number ends it. */
static bool
add_of(struct order *order, const char *run, uint64_t seq, size_t file)
{
	struct buf line = {0};
	struct json_error error;
	struct outcome o;
	bool good;

	buf_printf(&line, "{\"id\":%s%llu,\"response\":\"x\",\"call\":{\"seq\":%llu}}", run,
	    (unsigned long long)seq, (unsigned long long)seq);
	good = outcome_parse(&o, buf_view(&line), &error) == 0 && order_add(order, &o, file) == 0;
	buf_free(&line);
	return good;
}

static bool
add(struct order *order, uint64_t seq)
{
	return add_of(order, "", seq, 0);
}

static void
expect(const uint64_t *numbers, size_t count, const char *given, const char *missing,
    const char *again, const char *name)
{
	static const size_t budgets[] = {0, 700, 1 << 20};

	for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
		struct buf seen = {0};
		struct order order = {.give = take, .context = &seen, .budget = budgets[b]};

		for (size_t i = 0; i < count; i++)
			add(&order, numbers[i]);
		ok(order_end(&order) == 0 && order.held_bytes == 0, "%s: all is given", name);
		is_str(buf_view(&seen), given, name);
		is_str(buf_view(&order.missing.text), missing, "what never came is named");
		is_str(buf_view(&order.again.text), again, "what came twice is named");
		order_free(&order);
		buf_free(&seen);
	}
}

static void
shuffle(struct rng *r, uint64_t *numbers, size_t count)
{
	for (size_t i = count - 1; i; i--) {
		size_t j = rng_below(r, i + 1);
		uint64_t t = numbers[i];

		numbers[i] = numbers[j];
		numbers[j] = t;
	}
}

/* Numbers, with gaps or without, shuffled; then sorted they must come. */
static bool
permutation(uint64_t seed)
{
	struct buf seen = {0}, sorted = {0};
	struct order order = {.give = take, .context = &seen};
	uint64_t *numbers, next = 0;
	struct rng r;
	size_t count;
	bool good = true;

	rng_seed(&r, seed);
	order.budget = rng_below(&r, 100000);
	count = 1 + rng_below(&r, MOST);
	numbers = mem_zero(count, sizeof *numbers);
	for (size_t i = 0; i < count; i++) {
		next += seed % 2 ? rng_below(&r, UINT64_C(1) << 40) : 0;
		numbers[i] = next++;
		buf_u64(&sorted, numbers[i]);
		buf_char(&sorted, ' ');
	}
	shuffle(&r, numbers, count);
	for (size_t i = 0; i < count; i++)
		good = good && add(&order, numbers[i]) &&
		       order.held_bytes <= order.budget + count * 64;
	good = good && (seed % 2 || !order.held.count);
	good = good && order_end(&order) == 0 && slice_equal(buf_view(&seen), buf_view(&sorted));
	order_free(&order);
	buf_free(&seen);
	buf_free(&sorted);
	free(numbers);
	return good;
}

/* Files of numbers, "0 1 2/4 3 5": the ids come as "given", whose first digit is the file's, from 1. */
static void
files(const char *numbers, const char *given, const char *missing, const char *restarts,
    const char *again, const char *name)
{
	static const size_t budgets[] = {0, 1 << 20};

	for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
		struct buf seen = {0};
		struct order order = {.give = take, .context = &seen, .budget = budgets[b]};
		char run[] = "1";

		for (const char *p = numbers; *p; p++) {
			if (*p == '/')
				run[0]++;
			else if (*p != ' ')
				add_of(&order, run, (uint64_t)(*p - '0'), (size_t)(run[0] - '1'));
		}
		ok(order_end(&order) == 0 && order.held_bytes == 0, "%s: all is given", name);
		is_str(buf_view(&seen), given, name);
		is_str(buf_view(&order.missing.text), missing, "what never came is named");
		is_str(buf_view(&order.restarts.text), restarts,
		    "what begins a run in a file is named");
		is_str(buf_view(&order.again.text), again, "what came twice is named");
		order_free(&order);
		buf_free(&seen);
	}
}

static void
test_files(void)
{
	files("0 1 2/5 0 1 4 2 3", "10 11 12 20 21 22 23 24 25 ", "", "", "",
	    "a run in a file of its own may begin with any number");
	files("0 1 3/4 0 1 2 3", "10 11 13 20 21 22 23 24 ", "2", "", "",
	    "the run before it goes on first");
	files("0 1 2/3 4 5", "10 11 12 23 24 25 ", "", "", "", "a run goes on in the next file");
	files("0 1 2/4 3 5/7 6", "10 11 12 23 24 25 36 37 ", "", "", "", "in any order");
	files("0 1 3/4 2 5", "10 11 22 13 24 25 ", "", "", "",
	    "also where the number that is waited for is in the next file");
	files("0 1 2/3 0 1 2", "10 11 12 23 20 21 22 ", "", "0", "",
	    "a run that begins with just that number is named where it is known");
	files("0 1/1 0", "10 11 20 21 ", "", "", "", "the same numbers in the next file are a run");
	files("0 1 1 2 3", "10 11 11 12 13 ", "", "", "1", "what has just gone on comes again");
	files("0 0 0 1", "10 10 10 11 ", "", "", "0, 0", "and again");
	files("0 1 2 0 1", "10 11 12 10 11 ", "", "0", "", "what went on long ago begins a run");
}

static void
test_no_room(void)
{
	struct buf seen = {0};
	struct order order = {.give = take, .context = &seen, .budget = 0};

	setenv("TMPDIR", "/nowhere/at/all", 1);
	ok(!add(&order, 1), "without a folder for it the file is an error");
	ok(add(&order, 0), "which what is in order does not meet");
	is_str(buf_view(&seen), "0 ", "and it goes on");
	unsetenv("TMPDIR");
	order_free(&order);
	buf_free(&seen);
}

int
main(void)
{
	uint64_t seed = 0;

	expect((uint64_t[]){2, 0, 1, 3}, 4, "0 1 2 3 ", "", "", "a run without gaps");
	expect((uint64_t[]){7, 3, 4}, 3, "3 4 7 ", "0-2, 5-6", "", "a run with gaps");
	expect(
	    (uint64_t[]){1, 0, 0, 1}, 4, "0 1 0 1 ", "", "", "a number given before begins a run");
	expect(
	    (uint64_t[]){2, 2, 0, 1}, 4, "0 1 2 2 ", "", "2", "a number that is held comes twice");
	expect((uint64_t[]){INT64_MAX, 0}, 2, "0 9223372036854775807 ", "1-9223372036854775806", "",
	    "the greatest number costs no memory");
	expect(NULL, 0, "", "", "", "nothing");
	while (seed < SEEDS && permutation(seed))
		seed++;
	ok(seed == SEEDS, "every permutation comes out sorted, each line once");
	test_files();
	test_no_room();
	return tap_done();
}
