// SPDX-License-Identifier: MIT
/*
 * What is JSON and what is not, by the clauses of RFC 8259 and RFC 3629; and
 * that the wanted members and the walk over a text tell the same.
 */
#include <inttypes.h>

#include "json.h"
#include "tap.h"
#include "text/json_merge.h"
#include "text/json_scan.h"
#include "text/json_string.h"

static bool
accepts(const char *text, size_t n)
{
	struct json_value whole;
	struct json_error error;

	return json_scan(text_of_bytes(text, n), &whole, &error) == 0;
}

static void
test_clauses(void)
{
	static const char *const valid[] = {"null", " true ", "\t\r\n[]\n", "{}", "[1,2 , 3]", "0",
	    "-0", "-1.5e+10", "1E400", "123456789012345678901234567890", "\"\"",
	    "\"\\u0000\\ud83d\\ude00\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "\"\x7f\"", "{\"a\":{\"b\":[{}]},\"a\":1}",
	    "\"\\ud800\"", "[[[[[[]]]]]]", "\"\xed\x9f\xbf\xee\x80\x80\""};
	static const char *const invalid[] = {"", " ", "nul", "nulll", "True", "[", "]", "{",
	    "[1,]", "[,1]", "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}", "{1:1}",
	    "[1 2]", "{\"a\" 1}", "01", "+1", "-", "1.", ".5", "1.e1", "1e", "1e+", "0x1", "NaN",
	    "Infinity", "-a", "\"", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u123g\"", "\"\t\"",
	    "\"\n\"", "\"\x1f\"", "1 2", "{} {}", "[}", "{]", "//x\n1", "\"\x80\"", "\"\xff\"",
	    "\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xe0\x80\x80\"", "\"\xed\xa0\x80\"",
	    "\"\xf0\x80\x80\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xe2\x82\"",
	    "\"\xc3\"", "\xef\xbb\xbf{}", "\f1", "\"a\" b",
	    ("\xc2\xa0"
	     "1")};

	for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
		ok(accepts(valid[i], strlen(valid[i])), "valid %zu is accepted", i);
	for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
		ok(!accepts(invalid[i], strlen(invalid[i])), "invalid %zu is refused", i);
	ok(!accepts("1\0", 2) && !accepts("\"\0\"", 3), "a NUL byte is nothing that JSON has");
}

/* Each kind of byte at each place around the 16 bytes that are looked at at once. */
static void
test_lengths(void)
{
	static const char *const middles[] = {
	    "x", "\\n", "\xc3\xa9", "\xf0\x9f\x98\x80", "\\u00e9"};
	static const char *const bad[] = {"\n", "\xff", "\\q", "\xc3", "\x01"};
	int wrong = 0;

	for (size_t before = 0; before < 40; before++) {
		for (size_t after = 0; after < 40; after++) {
			struct buf text = {0};

			for (size_t k = 0; k < 5; k++) {
				for (int good = 0; good < 2; good++) {
					buf_reset(&text);
					buf_char(&text, '"');
					for (size_t i = 0; i < before; i++)
						buf_char(&text, 'a');
					buf_str(&text, good ? middles[k] : bad[k]);
					for (size_t i = 0; i < after; i++)
						buf_char(&text, 'b');
					buf_char(&text, '"');
					wrong += accepts(text.data, text.len) != good;
				}
			}
			buf_free(&text);
		}
	}
	ok(wrong == 0,
	    "strings of every length are judged the same wherever the special byte stands");
}

static void
test_depth(void)
{
	struct buf text = {0};
	struct json_value whole;
	struct json_error error;

	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		buf_char(&text, '[');
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		buf_char(&text, ']');
	ok(accepts(text.data, text.len), "a text of the greatest depth is accepted");
	buf_reset(&text);
	for (int i = 0; i < 1000000; i++)
		buf_char(&text, '[');
	ok(json_scan(buf_view(&text), &whole, &error) < 0 && error.offset == JSON_DEPTH_MAX,
	    "a deeper one is refused at its first bracket too many, without recursion");
	buf_free(&text);
}

static void
test_wanted(void)
{
	static const struct json_want wants[] = {
	    JSON_WANT("id"), JSON_WANT("text"), JSON_WANT("none")};
	const char *text = "{\"x\":{\"id\":0},\"\\u0069d\":1.50,\"text\":\"a\",\"y\":[\"id\"],"
			   "\"text\":\"\\u0062\"}";
	struct json_value v[3], whole, got;
	struct json_error error;

	ok(json_scan_members(NULL, text_of(text), wants, 3, v, &whole, &error) == 0,
	    "an object is taken apart");
	is_str(((struct slice){v[0].p, v[0].n}), "1.50",
	    "a key is compared decoded, a number keeps its bytes");
	ok(v[1].flags & JSON_DUPLICATE, "a key that stands twice is marked");
	is_str(json_inside(&v[1]), "\\u0062", "and the last one counts");
	ok(v[2].kind == JSON_NONE, "an absent key is absent");
	got = json_get(&whole, "text");
	ok(got.p == v[1].p, "the walk finds the same member");
	got = json_get(&whole, "y");
	ok(json_count(&got) == 1 && json_count(&whole) == 5, "members and items are counted");
	ok(whole.flags == (JSON_ESCAPED | JSON_DUPLICATE),
	    "the text's flags are those of all that is in it");
}

/* Names that were met before, in any order and spelling, change nothing that is handed out. */
static void
test_names(void)
{
	static const struct json_want wants[] = {JSON_WANT("id"), JSON_WANT("text_of_1")};
	static const char *const texts[] = {"{\"id\":1,\"text_of_1\":2,\"text_of_2\":3}",
	    "{\"text_of_2\":3,\"text_of_1\":2,\"text_of_3\":4,\"id\":1}",
	    "{ \"id\" : 1 , \"text_of_1\" :2,\"x\":{\"id\":5}}",
	    "{\"\\u0069d\":1,\"text_of_1\":2,\"\":{\"text_of_1\":0}}"};
	struct json_names names = {0};
	struct json_error error;

	for (size_t i = 0; i < 40; i++) {
		struct json_value v[2], whole;
		const char *text = texts[i / 2 % 4];
		bool escaped = strchr(text, '\\');

		ok(json_scan_members(&names, text_of(text), wants, 2, v, &whole, &error) == 0 &&
			json_int(&v[0], 0) == 1 && json_int(&v[1], 0) == 2 &&
			whole.flags == (escaped ? JSON_ESCAPED : 0),
		    "%s", text);
	}
}

static void
test_ints(void)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {{"12", 12}, {"-12", -12}, {"1.9", 1}, {"1.2e3", 1200}, {"2E2", 200},
	    {"-5e-1", 0}, {"1e300", -1}, {"99999999999999999999", -1},
	    {"9007199254740993", 9007199254740993}, {"\"1\"", -1}, {"true", -1}};
	struct json_error error;
	struct json_value v;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ok(json_scan(text_of(cases[i].text), &v, &error) == 0 &&
			json_int(&v, -1) == cases[i].value,
		    "%s is %" PRId64, cases[i].text, cases[i].value);
}

/* The members in members, as `in`=...; what stands twice takes what was in it along. */
static void
test_nested(void)
{
	static const struct json_want wants[] = {JSON_WANT("a"), JSON_WANT_IN("b", 1),
	    JSON_WANT_IN("c", 2), JSON_WANT("b"), JSON_WANT_IN("a", 1)};
	struct json_value v[5];
	struct json_error error;

	json_scan_members(NULL,
	    text_of("{\"b\":0,\"a\": {\"x\":{\"b\":7},\"b\":{\"c\":[1, 2],\"b\":3},"
		    "\"a\":\"s\"} ,\"c\":4,\"z\":[{\"a\":5}]}"),
	    wants, 5, v, NULL, &error);
	is_str(((struct slice){v[0].p, v[0].n}),
	    "{\"x\":{\"b\":7},\"b\":{\"c\":[1, 2],\"b\":3},\"a\":\"s\"}",
	    "an object that is wanted");
	is_str(((struct slice){v[1].p, v[1].n}), "{\"c\":[1, 2],\"b\":3}", "one in it");
	is_str(((struct slice){v[2].p, v[2].n}), "[1, 2]", "an array in that one");
	is_str(((struct slice){v[3].p, v[3].n}), "0", "the same name above is another member");
	is_str(((struct slice){v[4].p, v[4].n}), "\"s\"", "and so is one of the name around it");
	json_scan_members(
	    NULL, text_of("{\"a\":{\"b\":{\"c\":1}},\"a\":{\"b\":2}}"), wants, 5, v, NULL, &error);
	ok(v[2].kind == JSON_NONE, "what was in the first of two is gone with it");
	is_str(((struct slice){v[1].p, v[1].n}), "2", "what is in the last one counts");
	ok(v[0].flags & JSON_DUPLICATE && !(v[1].flags & JSON_DUPLICATE),
	    "only the one that stands twice is marked");
	json_scan_members(NULL, text_of("{\"a\":{\"b\":1},\"a\":null}"), wants, 5, v, NULL, &error);
	ok(v[0].kind == JSON_NULL && v[1].kind == JSON_NONE, "also when the last one is no object");
	json_scan_members(NULL, text_of("[{\"a\":1}]"), wants, 5, v, NULL, &error);
	ok(v[0].kind == JSON_NONE, "nothing is wanted of an array");
}

static void
test_strings(void)
{
	struct buf out = {0};

	ok(json_unescape(&out, SLICE("a\\n\\u00e9\\ud83d\\ude00\\ud800x")) == 1,
	    "half a pair is counted");
	is_str(buf_view(&out), "a\n\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx", "escapes become text");
	buf_reset(&out);
	json_quote(&out, SLICE("a\"\\\n\x01\xc3\xa9/"));
	is_str(buf_view(&out), "\"a\\\"\\\\\\n\\u0001\xc3\xa9/\"",
	    "text becomes a string, with no escape too many");
	buf_free(&out);
}

static void
merges(const char *target, const char *patch, const char *expected)
{
	struct json_value t = value_of(target), p = value_of(patch);
	struct buf out = {0};

	json_merge(&out, &t, &p);
	is_str(buf_view(&out), expected, "a patch of RFC 7396");
	buf_free(&out);
}

/* Appendix A of RFC 7396. */
static void
test_merge(void)
{
	merges("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
	merges("{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}");
	merges("{\"a\":\"b\"}", "{\"a\":null}", "{}");
	merges("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}");
	merges("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
	merges("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}");
	merges(
	    "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}");
	merges("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
	merges("[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]");
	merges("{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]");
	merges("{\"a\":\"foo\"}", "null", "null");
	merges("{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}");
	merges("[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}");
	merges("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}");
}

int
main(void)
{
	test_clauses();
	test_lengths();
	test_depth();
	test_wanted();
	test_names();
	test_ints();
	test_nested();
	test_strings();
	test_merge();
	return tap_done();
}
