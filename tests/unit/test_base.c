// SPDX-License-Identifier: MIT
/*
 * Numbers as people type them, buffers and their ceilings, the heap of deadlines.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/secret.h"
#include "tap.h"

static void
test_num(void)
{
	static const char *const bad_durations[] = {
	    "", "s", "5x", "-1s", "1e3", "1.s", ".s", "5 s", "99999d", "0x1"};
	static const char *const bad_rates[] = {
	    "0/s", "5/", "5/y", "/m", "-5/s", "five", "0.002/d"};
	int64_t n;
	size_t size;
	double rate;

	ok(num_duration_ms("500ms", &n) == 0 && n == 500, "500ms");
	ok(num_duration_ms("1.5s", &n) == 0 && n == 1500, "1.5s");
	ok(num_duration_ms("0.4ms", &n) == 0 && n == 1, "0.4ms is not 0, which is no limit");
	ok(num_duration_ms(".5s", &n) == 0 && n == 500, ".5s");
	ok(num_duration_ms("5m", &n) == 0 && n == 300000, "5m");
	ok(num_duration_ms("2", &n) == 0 && n == 2000, "a bare number is seconds");
	for (size_t i = 0; i < sizeof bad_durations / sizeof *bad_durations; i++)
		ok(num_duration_ms(bad_durations[i], &n) < 0, "'%s' is no duration",
		    bad_durations[i]);
	ok(num_size("64K", &size) == 0 && size == 65536, "64K");
	ok(num_size("1.5M", &size) == 0 && size == 1572864, "1.5M");
	ok(num_size("10X", &size) < 0 && num_size("", &size) < 0, "sizes that are none");
	ok(num_rate("60/m", &rate) == 0 && rate > 0.999 && rate < 1.001, "60/m is one a second");
	ok(num_rate("5", &rate) == 0 && rate > 4.999 && rate < 5.001, "a bare rate is a second's");
	for (size_t i = 0; i < sizeof bad_rates / sizeof *bad_rates; i++)
		ok(num_rate(bad_rates[i], &rate) < 0, "'%s' is no rate", bad_rates[i]);
	ok(num_count("9999999999999999999", &n) < 0 && num_count("12a", &n) < 0 &&
		num_count("-1", &n) < 0,
	    "counts that are none");
}

static void
test_buf(void)
{
	struct buf b = {.max = 10};

	buf_str(&b, "12345");
	buf_str(&b, "123456");
	buf_str(&b, "1");
	ok(b.over && b.len == 5, "what passes the ceiling adds nothing, and that stays known");
	buf_reset(&b);
	buf_printf(&b, "%d-%s", 42, "abc");
	is_str(buf_view(&b), "42-abc", "a reset buffer is as new");
	buf_drop(&b, 3);
	buf_u64(&b, 18446744073709551615u);
	ok(b.over, "twenty digits are too many for it");
	is_str(buf_view(&b), "abc", "and the rest stands");
	buf_free(&b);
}

struct node {
	struct heap_node heap;
	int64_t key;
};

static void
test_heap(void)
{
	enum { N = 500 };
	struct node *nodes = mem_zero(N, sizeof *nodes);
	struct heap h = {0};
	struct rng random;
	int64_t last = -1;
	uint64_t last_rank = 0;
	bool sorted = true;
	size_t count = 0;

	rng_seed(&random, 3);
	for (int i = 0; i < N; i++) {
		nodes[i].heap.at = (int64_t)rng_below(&random, 50);
		nodes[i].heap.rank = (uint64_t)i;
		heap_add(&h, &nodes[i].heap);
	}
	for (int i = 0; i < N; i += 3)
		heap_remove(&h, &nodes[i].heap);
	for (struct heap_node *n; (n = heap_first(&h)); count++) {
		sorted &= n->at > last || (n->at == last && n->rank > last_rank);
		last = n->at;
		last_rank = n->rank;
		heap_remove(&h, n);
	}
	ok(sorted && count == N - (N + 2) / 3,
	    "deadlines leave in order, equal ones by rank, removed ones not at all");
	heap_free(&h);
	free(nodes);
}

/* Each is what a server may make of the key: "is" tells what must be left of it. */
static void
test_redaction(void)
{
	static char key[] = "k/e\"y\\-of-A";
	static const char *const texts[][2] = {
	    {"k/e\"y\\-of-A", "[key]"},
	    {"\"k/e\\\"y\\\\-of-A\"", "\"[key]\""},
	    {"k\\/e\\\"y\\u005c-of-\\u0041\\n", "[key]\\n"},
	    {"\\u006B\\u002f\\u0065\\u0022\\u0079\\u005C\\u002d\\u006f\\u0066\\u002d\\u0041k/",
		"[key]k/"},
	    {"k/e\"y\\-of-k/e\"y\\-of-A,k\\/e\\\"y\\\\-of-A", "k/e\"y\\-of-[key],[key]"},
	    {"\\\\u006b/e\\\"y\\\\-of-A", NULL}, /* an escaped \, and plain text behind it */
	    {"k\\/e\\\"y\\\\-of-\\u004", NULL},
	    {"k\\/e\\\"y\\\\-of-\\", NULL},
	    {"\\u006b", NULL},
	    {"", NULL},
	};
	struct buf text = {0};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		buf_reset(&text);
		buf_str(&text, texts[i][0]);
		secret_redact(&(struct secret){key}, &text);
		is_str(buf_view(&text), texts[i][texts[i][1] ? 1 : 0], texts[i][0]);
	}
	buf_free(&text);
}

static void
test_secret(void)
{
	static const char *const variables[] = {"TEST_KEY_A", "TEST_KEY_B", NULL};
	struct buf text = {0}, error = {0};
	struct secret s;
	char *place;

	setenv("TEST_KEY_A", "  ", 1);
	setenv("TEST_KEY_B", " sesame-open-door\n", 1);
	place = getenv("TEST_KEY_B");
	ok(secret_load(&s, NULL, variables, &error) == 0, "a key is found in the environment");
	is_str(slice_of(s.key), "sesame-open-door",
	    "the first that is not blank, without the blanks around it");
	ok(!getenv("TEST_KEY_B") && !strstr(place, "sesame"), "and is scrubbed there");
	buf_str(&text, "x sesame-open-door y sesame-open-door");
	secret_redact(&s, &text);
	is_str(buf_view(&text), "x [key] y [key]", "and is taken out of whatever is printed");
	secret_free(&s);
	setenv("TEST_KEY_A", "a\rb", 1);
	ok(secret_load(&s, NULL, variables, &error) < 0, "a key with a line end in it is refused");
	secret_free(&s);
	buf_free(&text);
	buf_free(&error);
}

int
main(void)
{
	test_num();
	test_buf();
	test_heap();
	test_secret();
	test_redaction();
	return tap_done();
}
