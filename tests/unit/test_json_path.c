// SPDX-License-Identifier: MIT
/* Simple paths: what the subset takes, and that its results are jq's. */
#include <string.h>

#include "tap.h"
#include "json.h"
#include "text/jq.h"
#include "text/json_path.h"

static bool
append_result(void *context, struct slice result)
{
	struct buf *out = context;

	if (out->len)
		buf_char(out, ' ');
	buf_slice(out, result);
	return true;
}

/* The result as text, "error" when a step failed. */
static void
native(struct buf *out, const char *expression, const char *record)
{
	struct json_path *path = json_path_new(slice_of(expression));
	struct json_value root = value_of(record), value;
	const char *reason = NULL;

	if (!path)
		buf_str(out, "beyond the subset");
	else if (json_path_get(path, &root, NULL, &value, &reason))
		buf_str(out, reason ? "error" : "error without a reason");
	else
		buf_add(out, value.p, value.n);
	json_path_free(path);
}

static void
by_libjq(struct buf *out, const char *expression, const char *record)
{
	struct buf text = {0}, error = {0};
	struct jq_shared shared = {0};
	struct json_value root = value_of(record);
	struct jq_program *program;

	buf_printf(&text, "(%s\n)", expression); /* which is beyond the subset */
	program = jq_program_new(text.data, &shared, &error);
	if (!program)
		buf_str(out, "no program");
	else if (jq_run(program, &root, append_result, out, &error))
		buf_str(out, "error");
	else if (!out->len) /* no result: what ? gives for a value of the wrong kind */
		buf_str(out, "null");
	jq_program_free(program);
	buf_free(&text);
	buf_free(&error);
}

static void
same(const char *expression, const char *record, const char *expected)
{
	struct buf a = {0}, b = {0};

	native(&a, expression, record);
	by_libjq(&b, expression, record);
	ok(slice_is(buf_view(&a), expected) && slice_is(buf_view(&b), expected), "%s of %s is %s",
	    expression, record, expected);
	if (!slice_is(buf_view(&a), expected) || !slice_is(buf_view(&b), expected))
		printf("# native %s, libjq %s\n", buf_view(&a).p, buf_view(&b).p);
	buf_free(&a);
	buf_free(&b);
}

static void
test_equal_results(void)
{
	const char *nested = "{\"a\":{\"b\":[10,{\"c\":\"x\"},null]},\"f\":false}";

	same(".", "{\"a\":1}", "{\"a\":1}");
	same(".", "[1,2]", "[1,2]");
	same(".a", "{\"a\":1}", "1");
	same(" .a\n", "{\"a\":1}", "1");
	same(".a", "{}", "null");
	same(".a.b", "{}", "null");
	same(".a", "null", "null");
	same(".a.b[0]", nested, "10");
	same(".a.b[1].c", nested, "\"x\"");
	same(".a.b[-3]", nested, "10");
	same(".a.b[-4]", nested, "null");
	same(".a.b[ 7 ]", nested, "null");
	same(".a.b[2].c[0]", nested, "null");
	same(".[\"a\"].b[0]", nested, "10");
	same(".a[\"b\"][0]", nested, "10");
	same(".[\"a b\"]", "{\"a b\":2}", "2");
	same(".[\"\\u00e9\"]", "{\"\xc3\xa9\":2}", "2");
	same(".a?", "{\"a\":1}", "1");
	same(".a?", "5", "null");
	same(".a.b?", "{\"a\":5}", "null");
	same(".a.b?.c", "{\"a\":5}", "null");
	same(".a?[0]?", "[]", "null");
	same(".a", "{\"a\":1,\"a\":2}", "2");
	same(".a", "{\"\\u0061\":1}", "1");
}

static void
test_alternative(void)
{
	same(".a // \"x\"", "{}", "\"x\"");
	same(".a//\"x\"", "{\"a\":null}", "\"x\"");
	same(".a // \"x\"", "{\"a\":false}", "\"x\"");
	same(".a // \"x\"", "{\"a\":\"\"}", "\"\"");
	same(".a // \"x\"", "{\"a\":0}", "0");
	same(".a? // \"x\"", "5", "\"x\"");
	same(".a // -1", "{}", "-1");
	same(".a // true", "{}", "true");
	same(".a // false", "{}", "false");
	same(".a // null", "{\"a\":false}", "null");
	same(".a // \"q\\\"\\n\\u00e9\"", "{\"a\":3}", "3");
}

static void
test_errors(void)
{
	same(".a", "5", "error");
	same(".a", "[1]", "error");
	same(".a", "\"x\"", "error");
	same(".a", "false", "error");
	same(".[0]", "{}", "error");
	same(".[0]", "\"abc\"", "error");
	same(".a.b?", "5", "error");
	same(".a // \"x\"", "5", "error");
}

static void
test_numbers_keep_their_bytes(void)
{
	const char *const numbers[] = {
	    "9007199254740993", "12345678901234567890", "1.0", "1e1000", "-0", "1E2"};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct buf record = {0}, out = {0};

		buf_printf(&record, "{\"a\":%s}", numbers[i]);
		native(&out, ".a", record.data);
		is_str(buf_view(&out), numbers[i], numbers[i]);
		buf_free(&record);
		buf_free(&out);
	}
}

static void
test_subset(void)
{
	const char *const beyond[] = {"", "a", "..", ".a.", ".a b", ".a|.b", ".[1:2]", ".[]",
	    ".a??", ".?", "[\"k\"]", ".[0", ".[\"a]", ".[\"a\\q\"]", ".[1.5]", ".a // .b",
	    ".a // [1]", ".a // \"\\(.b)\"", ".a // ", ".a / 2", ".a // 01", ".a // \"\\ud800\"",
	    ".[\"\\u0000\"]", ".\xc3\xa9", ".0", ".a.[0]", "$x", ".a // \"x\" // \"y\"",
	    ".[9999999999999999999]", "length"};

	for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
		struct json_path *path = json_path_new(slice_of(beyond[i]));

		ok(!path, "left to libjq: %s", beyond[i]);
		json_path_free(path);
	}
}

int
main(void)
{
	test_equal_results();
	test_alternative();
	test_errors();
	test_numbers_keep_their_bytes();
	test_subset();
	return tap_done();
}
