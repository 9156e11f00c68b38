// SPDX-License-Identifier: MIT
/* Our way from text to libjq's values and back, against libjq's own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "tap.h"
#include "text/jq.h"
#include "text/jq_value.h"
#include "text/json_scan.h"

#define TEXTS 20000
#define NUMBERS 50000

static void
any_of(struct buf *out, struct rng *rng, const char *const *words, size_t count)
{
	buf_str(out, words[rng_below(rng, count)]);
}

#define ANY_OF(out, rng, words) any_of(out, rng, words, sizeof words / sizeof *words)

static void
blanks(struct buf *out, struct rng *rng)
{
	static const char *const some[] = {"", "", "", "", " ", "\t", "\r\n", "  "};

	ANY_OF(out, rng, some);
}

static void
string(struct buf *out, struct rng *rng)
{
	static const char *const pieces[] = {"a", "id",
	    "some plain text of more than sixteen bytes", " ", "\\n", "\\\"", "\\\\", "\\/",
	    "\\b\\f\\r\\t", "\\u0000", "\\u001F", "\\u007f", "\x7f", "\\u00e9", "é", "€",
	    "\\uD83D\\uDE00", "😀", "\\u2028", "'", "<", "{[,:]}"};

	buf_char(out, '"');
	for (uint64_t n = rng_below(rng, 5); n--;)
		ANY_OF(out, rng, pieces);
	buf_char(out, '"');
}

static void
digits(struct buf *out, struct rng *rng, uint64_t most)
{
	for (uint64_t n = 1 + rng_below(rng, most); n--;)
		buf_char(out, (char)('0' + rng_below(rng, 10)));
}

static void
number(struct buf *out, struct rng *rng)
{
	static const char *const odd[] = {"0", "-0", "-0.0", "1e23", "1e1000", "-1e1000", "1e-400",
	    "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "9007199254740993",
	    "999999999999999", "1000000000000000", "1e15", "1e16", "1e17", "1E2", "1e+2", "0.0001",
	    "0.00001", "0.00012", "0.1", "100.50", "5.6843418860808015e-14", "0.000000000000001",
	    "123456789012345.6", "12345678901234567890", "0e0", "-0e-5", "1.0"};

	if (!rng_below(rng, 4)) {
		ANY_OF(out, rng, odd);
		return;
	}
	if (rng_below(rng, 2))
		buf_char(out, '-');
	buf_char(out, (char)('1' + rng_below(rng, 9)));
	if (rng_below(rng, 2))
		digits(out, rng, 18);
	if (rng_below(rng, 2)) {
		buf_char(out, '.');
		digits(out, rng, 18);
	}
	if (!rng_below(rng, 4)) {
		buf_char(out, rng_below(rng, 2) ? 'e' : 'E');
		buf_str(out, rng_below(rng, 2) ? "-" : "+");
		digits(out, rng, 3);
	}
}

static void
value(struct buf *out, struct rng *rng, int depth)
{
	static const char *const words[] = {"true", "false", "null"};
	uint64_t kind = rng_below(rng, depth ? 7 : 5);
	bool object = kind == 6;

	blanks(out, rng);
	if (kind < 5) {
		if (kind < 2)
			string(out, rng);
		else if (kind < 4)
			number(out, rng);
		else
			ANY_OF(out, rng, words);
		return;
	}
	buf_char(out, object ? '{' : '[');
	blanks(out, rng);
	for (uint64_t i = 0, n = rng_below(rng, 12); i < n; i++) {
		if (i)
			buf_char(out, ',');
		blanks(out, rng);
		if (object) {
			string(out, rng);
			blanks(out, rng);
			buf_char(out, ':');
		}
		value(out, rng, depth - 1);
		blanks(out, rng);
	}
	buf_char(out, object ? '}' : ']');
}

/* Is what we make of the value what libjq prints? Frees it. */
static bool
prints_alike(jv v)
{
	struct buf ours = {0};
	bool printed = jq_print(&ours, v) == 0;
	jv theirs = jv_dump_string(v, 0);
	bool same = printed && slice_is(buf_view(&ours), jv_string_value(theirs));

	if (!same)
		printf("# ours   %s\n# libjq's %s\n", buf_view(&ours).p, jv_string_value(theirs));
	jv_free(theirs);
	buf_free(&ours);
	return same;
}

static bool
reads_alike(struct jq_builder *b, const struct buf *text)
{
	struct buf reason = {0};
	jv ours, theirs;
	bool same;

	if (jq_build(b, buf_view(text), &ours, &reason))
		return false;
	theirs = jv_parse_sized(text->data, (int)text->len);
	same = jv_equal(jv_copy(ours), jv_copy(theirs));
	same = prints_alike(theirs) && prints_alike(ours) && same;
	if (!same)
		printf("# of %s\n", text->data);
	return same;
}

static void
test_texts(void)
{
	struct rng rng;
	struct jq_builder *builder = calloc(1, sizeof *builder);
	struct buf text = {0};
	size_t same = 0, valid = 0;

	rng_seed(&rng, 7);
	for (int i = 0; i < TEXTS; i++) {
		struct json_error error;

		buf_reset(&text);
		value(&text, &rng, 4);
		valid += !json_scan(buf_view(&text), NULL, &error);
		same += reads_alike(builder, &text);
	}
	ok(valid == TEXTS, "all generated texts are JSON");
	ok(same == TEXTS, "%d texts give libjq's values, and these libjq's bytes", TEXTS);
	buf_free(&text);
	jq_builder_free(builder);
	free(builder);
}

static void
test_numbers(void)
{
	struct rng rng;
	size_t same = 0;
	bool powers = true;

	rng_seed(&rng, 8);
	for (int i = 0; i < NUMBERS; i++) {
		uint64_t bits = rng_next(&rng);
		double d;

		memcpy(&d, &bits, sizeof d);
		if (i % 3 == 1) /* decimals as people write them */
			d = (double)(int64_t)(bits % 2000000000) / pow(10, (double)(bits % 11));
		if (i % 3 == 2)
			d = ldexp((double)(bits % 1024), (int)(bits >> 32) % 80 - 40);
		same += prints_alike(jv_number(d));
	}
	ok(same == NUMBERS, "%d doubles are printed as by libjq", NUMBERS);
	for (int i = -1074; i <= 1023; i++)
		powers &= prints_alike(jv_number(ldexp(1, i))) &&
			  prints_alike(jv_number(-ldexp(1, i)));
	for (double d = 1e-30; d < 1e30; d *= 10)
		powers &= prints_alike(jv_number(d)) && prints_alike(jv_number(nextafter(d, 0))) &&
			  prints_alike(jv_number(d - 1));
	ok(powers, "so are the powers of two and of ten");
	ok(prints_alike(jv_number(NAN)) && prints_alike(jv_number(INFINITY)) &&
		prints_alike(jv_number(-INFINITY)),
	    "so is what is no number");
}

static void
test_names(void)
{
	struct jq_builder *builder = calloc(1, sizeof *builder);
	struct buf text = {0};
	bool same = true;

	for (int round = 0; round < 3; round++) {
		buf_reset(&text);
		buf_char(&text, '{');
		for (int i = 0; i < 4 * JQ_NAMES; i++)
			buf_printf(&text, "%s\"name%d\":%d", i ? "," : "", i, round);
		buf_str(&text, ",\"a name that is longer than any that is kept, by far, indeed, "
			       "longer than 64 bytes\":1,\"\":2,\"name7\":3}");
		same &= reads_alike(builder, &text);
	}
	ok(same, "names that push each other out of the cache are read right");
	buf_free(&text);
	jq_builder_free(builder);
	free(builder);
}

static void
test_losses(void)
{
	static const struct {
		const char *text;
		unsigned losses;
	} cases[] = {{"[1,-0,0.0,123456789012345,1.5,1e22,1e-290,\"\\ud83d\\ude00\"]", 0},
	    {"1234567890123456", JQ_INEXACT}, {"0.1234567890123456", JQ_INEXACT},
	    {"1e400", JQ_INEXACT}, {"1e-400", JQ_INEXACT}, {"0e999", 0},
	    {"\"\\ud800\"", JQ_LONE_SURROGATE},
	    {"{\"\\udc00\":9007199254740993}", JQ_INEXACT | JQ_LONE_SURROGATE}};
	struct jq_builder *builder = calloc(1, sizeof *builder);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf reason = {0};
		jv v;

		ok(jq_build(builder, slice_of(cases[i].text), &v, &reason) == 0 &&
			builder->losses == cases[i].losses,
		    "%s loses %s", cases[i].text, cases[i].losses ? "something" : "nothing");
		jv_free(v);
	}
	jq_builder_free(builder);
	free(builder);
}

int
main(void)
{
	test_texts();
	test_numbers();
	test_names();
	test_losses();
	return tap_done();
}
