// SPDX-License-Identifier: MIT
/* Templates: what they take, what they give, and that the native way and libjq's agree. */
#include <string.h>

#include "json.h"
#include "record/template.h"
#include "tap.h"
#include "text/json_string.h"

/* The rendered inside, or "no template: reason", or "no: reason". */
static void
render(struct buf *out, const char *text, const char *record)
{
	struct buf string = {0}, reason = {0};
	struct template *t = template_new(slice_of(text), &(struct jq_shared){0}, &reason);
	struct json_value root = value_of(record);

	if (!t)
		buf_printf(out, "no template: %s", buf_view(&reason).p);
	else if (template_render(t, &root, NULL, &string, &reason))
		buf_printf(out, "no: %s", buf_view(&reason).p);
	else
		buf_add(out, string.data + 1, string.len - 2);
	template_free(t);
	buf_free(&reason);
	buf_free(&string);
}

static void
gives(const char *text, const char *record, const char *expected)
{
	struct buf out = {0};

	render(&out, text, record);
	is_str(buf_view(&out), expected, text);
	buf_free(&out);
}

static void
test_text(void)
{
	gives("", "{}", "");
	gives("plain", "{}", "plain");
	gives("say \"hi\"\n\tto (all) [1] {2} $x", "{}", "say \\\"hi\\\"\\n\\tto (all) [1] {2} $x");
	gives("\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00", "{}",
	    "\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00");
	gives("\xc3\xa4\\\\(.a)", "{}", "\xc3\xa4\\\\(.a)");
	gives("\\q", "{}", "no template: unknown escape '\\q' (a backslash is written '\\\\')");
	gives(
	    "a\\(.a) \\", "{}", "no template: unknown escape '\\' (a backslash is written '\\\\')");
	gives("\\u12x4", "{}", "no template: unknown escape '\\u' (a backslash is written '\\\\')");
	gives("\\u12", "{}", "no template: unknown escape '\\u' (a backslash is written '\\\\')");
	gives("\\ud800!", "{}", "no template: half a surrogate pair in the text");
	gives("\xff", "{}", "no template: invalid UTF-8 in the text");
}

static void
test_values(void)
{
	const char
	    *record = "{\"s\":\"a\\\"b\\u00e9\\n\",\"n\":12.50,\"t\":true,\"f\":false,\"e\":\"\","
		      "\"o\":{\"k\": [1, \"\\u00e9\\\"\"]},\"z\":null,\"big\":9007199254740993}";

	gives("<\\(.s)>", record, "<a\\\"b\\u00e9\\n>");
	gives("\\(.n) \\(.t) \\(.f)|\\(.e)|", record, "12.50 true false||");
	gives("\\(.o)", record, "{\\\"k\\\":[1,\\\"\xc3\xa9\\\\\\\"\\\"]}");
	gives("\\(.big)", record, "9007199254740993");
	gives("a\\(.z)", record, "no: '.z': missing or null");
	gives("a\\(.nope)", record, "no: '.nope': missing or null");
	gives("\\(.nope // \"other\")", record, "other");
	gives("\\(.nope // \"\")", record, "");
	gives("\\(.s.t)", record, "no: '.s.t': a name is asked for in what is no object");
	gives("\\(.s[0])", record, "no: '.s[0]': an index is asked for in what is no array");
	gives("\\(.s.t?)", record, "no: '.s.t?': missing or null");
	gives("\\(.)", "\"bare\"", "bare");
}

static void
test_libjq(void)
{
	const char *record = "{\"a\":\"x\",\"l\":[\"p\",\"q\"],\"z\":null}";

	gives("\\(.l|join(\", \")) of \\(.a) by \\(.l|length)", record, "p, q of x by 2");
	gives("\\(.nope // .a)", record, "x");
	gives("\\(\"in \\(.a | ascii_upcase) \\\" )\")", record, "in X \\\" )");
	gives("\\(.a # a comment )\n)!", record, "x!");
	gives("\\((.a))", record, "x");
	gives("\\(empty)", record, "no: 'empty': missing or null");
	gives("\\(.l|length) \\(.z|.)", record, "no: '.z|.': missing or null");
	gives("\\(.l[])", record, "no: '.l[]': gives more than one value");
	gives("\\(.l|length) \\(.a|keys)", record, "no: '.a|keys': string (\"...\") has no keys");
	gives("\\(error(null))", record, "no: 'error(null)': missing or null");
	gives("\\(.l|length) \\(.[)", record, "no template: '.[': syntax error, unexpected $end");
	gives("\\()", record, "no template: an expression is no jq program");
	gives("\\(.a", record, "no template: '\\(' without its closing parenthesis");
	gives("\\(\")\"", record, "no template: '\\(' without its closing parenthesis");
	gives("\\(1],[2)", record,
	    "no template: '1],[2': syntax error, unexpected INVALID_CHARACTER, expecting $end");
}

/* What an expression in parentheses gives, which is beyond json_path, it gives without them. */
static void
test_both_ways(void)
{
	const char *const expressions[] = {".", ".a", ".a.b", ".a.b[0]", ".a[\"b\"][-1]",
	    ".[\"a\"].b[1]", ".s", ".a.b[9]", ".none", ".none // \"x\"", ".f // 7", ".s // 7",
	    ".s.x?", ".s.x? // true", ".a.x.y", ".none // null", ".e"};
	const char *const records[] = {
	    ("{\"a\":{\"b\":[1,\"two\",[3,{\"c\":null}]]},\"s\":\"\\u00fc\\\"\","
	     "\"f\":false,\"e\":\"\"}"),
	    "{}", "{\"a\":{\"b\":[\"\xf0\x9f\x98\x80\"]}}", "{\"s\": {\"x\" : [ 1 ] }}"};

	for (size_t e = 0; e < sizeof expressions / sizeof *expressions; e++) {
		for (size_t r = 0; r < sizeof records / sizeof *records; r++) {
			struct buf native = {0}, libjq = {0}, a = {0}, b = {0}, text = {0},
				   decoded = {0};

			buf_printf(&a, "<\\(%s)>", expressions[e]);
			buf_printf(&b, "<\\((%s))>", expressions[e]);
			render(&native, a.data, records[r]);
			render(&libjq, b.data, records[r]);
			if (slice_starts(buf_view(&native), "no:")) {
				ok(slice_starts(buf_view(&libjq), "no: "), "both reject %s",
				    expressions[e]);
			} else {
				json_unescape(&text, buf_view(&native));
				json_unescape(&decoded, buf_view(&libjq));
				is_str(buf_view(&text), buf_view(&decoded).p, expressions[e]);
			}
			buf_free(&native);
			buf_free(&libjq);
			buf_free(&a);
			buf_free(&b);
			buf_free(&text);
			buf_free(&decoded);
		}
	}
}

static void
test_out_is_left_alone(void)
{
	struct buf reason = {0}, out = {0};
	struct template *t = template_new(SLICE("\\(.a)\\(.b)"), &(struct jq_shared){0}, &reason);
	struct json_value half = value_of("{\"a\":1}"), whole = value_of("{\"a\":1,\"b\":2}");

	ok(template_render(t, &half, NULL, &out, &reason) == -1,
	    "a record that cannot fill it fails");
	buf_reset(&out);
	buf_str(&out, "before");
	ok(template_render(t, &whole, NULL, &out, &reason) == 0, "the next record is rendered");
	is_str(buf_view(&out), "before\"12\"", "behind what was there");
	template_free(t);
	buf_free(&reason);
	buf_free(&out);
}

int
main(void)
{
	test_text();
	test_values();
	test_libjq();
	test_both_ways();
	test_out_is_left_alone();
	return tap_done();
}
