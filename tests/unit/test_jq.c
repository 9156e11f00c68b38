// SPDX-License-Identifier: MIT
/* The door to libjq: results, and that its errors end neither the program nor carry data away. */
#include <string.h>

#include "tap.h"
#include "text/jq.h"

struct results {
	struct buf text;
	size_t most; /* stop after so many */
	size_t count;
};

static bool
collect(void *context, struct slice result)
{
	struct results *r = context;

	if (r->count++)
		buf_char(&r->text, ' ');
	buf_slice(&r->text, result);
	return r->count != r->most;
}

/* Runs text on json; "results | reason". */
static void
run(const char *text, const char *json, const char *expected, const char *name)
{
	struct results r = {0};
	struct buf error = {0};
	struct jq_program *program = jq_program_new(text, &error);

	if (!program)
		buf_printf(&r.text, "no program: %s", buf_view(&error).p);
	else if (jq_run(program, slice_of(json), collect, &r, &error))
		buf_printf(&r.text, " | %s", buf_view(&error).p);
	is_str(buf_view(&r.text), expected, name);
	jq_program_free(program);
	buf_free(&r.text);
	buf_free(&error);
}

static void
test_results(void)
{
	run(".a", "{\"a\":[1,\"x\"]}", "[1,\"x\"]", "a result is one line of JSON");
	run(".a,.b", "{\"a\":1,\"b\":2}", "1 2", "several results come one after the other");
	run("empty", "{}", "", "no result is no error");
	run("select(.a)", "{\"a\" : 1.50, \"n\":9007199254740993}",
	    "{\"a\" : 1.50, \"n\":9007199254740993}", "a result that is the input keeps its bytes");
	run(".", "{\"a\":\n1}", "{\"a\":1}", "a result is on one line though the input is not");
	run("(1,2)|tostring", "null", "\"1\" \"2\"", "a JSON null is an input like any other");
	run("$ENV|type", "0", "\"object\"", "the environment is there");
}

static void
test_compile_errors(void)
{
	run(".[", "0", "no program: syntax error, unexpected $end",
	    "a syntax error is told in libjq's words");
	run("$x", "0", "no program: $x is not defined", "an unknown variable is a compile error");
	run("import \"x\" as x; .", "0", "no program: module not found: x", "import is an error");
	run("include \"x\"; .", "0", "no program: module not found: x", "include is an error");
	run("\"\xff\"", "0", "no program: invalid UTF-8", "invalid UTF-8 is refused");
}

static void
test_runtime_errors(void)
{
	run(".a", "5", " | Cannot index number with string \"a\"",
	    "a failing program gives its reason");
	run("1,.a", "5", "1 | Cannot index number with string \"a\"",
	    "results before the failure stand");
	run("keys", "\"secret\"", " | string (\"...\") has no keys", "data in a message is hidden");
	run("error(.m)", "{\"m\":\"the secret, whole\"}", " | the ..., ...",
	    "thrown data is hidden");
	run("error(\"no title\")", "{}", " | no title", "what the program itself says is shown");
	run("error({})", "0", " | the program throws a value that is no string", "error({})");
	run("error({a:1})", "0", " | the program throws a value that is no string",
	    "error of an object");
	run("error(null)", "0", "", "error(null) cannot be told from the end of the results");
	run("halt", "0", " | the program halts", "halt");
	run("halt_error", "\"x\"", " | the program halts", "halt_error");
	run("1,halt", "0", "1 | the program halts", "halt after a result");
	run("input", "0", " | the program asks for more input than the record", "input");
	run("debug", "1", "1", "debug");
	run("[inputs]", "0", "[]", "inputs are none");
	run("@nope", "0", " | nope is not a valid format", "an unknown format");
	run("test(\"(\")", "\"a\"", " | Regex failure: end ... with ... ...",
	    "a broken regular expression");
	run(".", "\"\\ud800\"", " | libjq does not read the text: half a surrogate pair in it",
	    "a lone surrogate");
}

/* `depth` arrays in each other. */
static struct buf
nest(int depth)
{
	struct buf text = {0};

	for (int i = 0; i < depth; i++)
		buf_char(&text, '[');
	for (int i = 0; i < depth; i++)
		buf_char(&text, ']');
	return text;
}

static void
test_depth(void)
{
	struct buf deep = nest(JQ_DEPTH_MAX), deeper = nest(JQ_DEPTH_MAX + 1);

	run("length", deep.data, "1", "the deepest text that libjq takes");
	run("[[.]]", deep.data, " | a result is nested too deep for libjq", "a result beyond that");
	run("length", deeper.data, " | nested deeper than the 256 levels of libjq, or too long",
	    "a text beyond that");
	run("length", "[\"[[[\\\"[[[\"]", "1", "brackets in a string are no depth");
	buf_free(&deep);
	buf_free(&deeper);
}

/* The same program goes on after every kind of end. */
static void
test_reuse(void)
{
	struct buf error = {0};
	struct results r = {.most = 2};
	struct jq_program *program = jq_program_new(
	    "if . == 1 then halt elif . == 2 then error elif type == \"string\" then halt_error "
	    "else .,.,. end",
	    &error);

	ok(jq_run(program, SLICE("1"), collect, &r, &error) == -1, "a halt fails the text");
	for (int i = 0; i < 3; i++)
		ok(jq_run(program, SLICE("\"some text\""), collect, &r, &error) == -1,
		    "so does a halt with a message, again and again");
	ok(jq_run(program, SLICE("2"), collect, &r, &error) == -1, "an error fails the text");
	ok(jq_run(program, SLICE("3"), collect, &r, &error) == 0, "the next text is fine");
	is_str(buf_view(&r.text), "3 3", "results end when the caller has enough");
	r.most = 0;
	ok(jq_run(program, SLICE("4"), collect, &r, &error) == 0, "and the next one");
	is_str(buf_view(&r.text), "3 3 4 4 4", "starts anew");
	jq_program_free(program);
	buf_free(&r.text);
	buf_free(&error);
}

int
main(void)
{
	test_results();
	test_compile_errors();
	test_runtime_errors();
	test_depth();
	test_reuse();
	return tap_done();
}
