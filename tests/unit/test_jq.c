// SPDX-License-Identifier: MIT
/* The door to libjq: results, and that its errors end neither the program nor carry data away. */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "tap.h"
#include "text/jq.h"

/* Enough for libjq to begin with. */
#define MEMORY_BYTES (64 << 20)

struct results {
	struct buf text;
	size_t most; /* stop after so many */
	size_t count;
};

static bool
collect(void *context, struct slice result)
{
	struct results *r = context;
	struct json_error error;

	if (json_scan(result, NULL, &error))
		buf_str(&r->text, "(not JSON)");
	if (r->count++)
		buf_char(&r->text, ' ');
	buf_slice(&r->text, result);
	return r->count != r->most;
}

static int
run_on(struct jq_program *program, const char *json, struct results *r, struct buf *error)
{
	struct json_value input = value_of(json);

	buf_reset(error);
	return jq_run(program, &input, collect, r, error);
}

/* Runs text on json; "results | reason". */
static void
run_with(struct jq_shared *shared, const char *text, const char *json, const char *expected,
    const char *name)
{
	struct results r = {0};
	struct buf error = {0};
	struct jq_program *program = jq_program_new(text, shared, &error);

	if (!program)
		buf_printf(&r.text, "no program: %s", buf_view(&error).p);
	else if (run_on(program, json, &r, &error))
		buf_printf(&r.text, " | %s", buf_view(&error).p);
	is_str(buf_view(&r.text), expected, name);
	jq_program_free(program);
	buf_free(&r.text);
	buf_free(&error);
}

static void
run(const char *text, const char *json, const char *expected, const char *name)
{
	struct jq_shared shared = {0};

	run_with(&shared, text, json, expected, name);
}

static void
test_results(void)
{
	run(".a", "{\"a\":[1,\"x\"]}", "[1,\"x\"]", "a result is one line of JSON");
	run(".a,.b", "{\"a\":1,\"b\":2}", "1 2", "several results come one after the other");
	run("empty", "{}", "", "no result is no error");
	run("select(.a)", "{\"a\" : 1.50, \"n\":9007199254740993}",
	    "{\"a\" : 1.50, \"n\":9007199254740993}", "a result that is the input keeps its bytes");
	run("select(true)", "{\"a\":\n1}", "{\"a\": 1}",
	    "a result is on one line though the input is not");
	run(".a", "{\"a\":[1.50,\n9007199254740993]}", "[1.50, 9007199254740993]",
	    "what lies at a simple path keeps its bytes");
	run(".a // \"none\"", "{}", "\"none\"", "so does the literal behind it");
	run(".a", "{}", "null", "a path that leads nowhere gives null");
	run(".a?", "5", "", "a path that may give nothing gives nothing");
	run(".a", "5", " | a name is asked for in what is no object", "a path that fails says why");
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
	run(".a + 1", "5", " | Cannot index number with string \"a\"",
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
	run("[inputs]", "0", " | the program asks for more input than the record", "inputs");
	run("debug", "1", "1", "debug");
	run("@nope", "0", " | nope is not a valid format", "an unknown format");
	run("test(\"(\")", "\"a\"", " | Regex failure: end ... with ... ...",
	    "a broken regular expression");
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
	run("length", deeper.data, " | nested deeper than the 256 levels of libjq",
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
	struct jq_shared shared = {0};
	struct jq_program *program = jq_program_new(
	    "if . == 1 then halt elif . == 2 then error elif type == \"string\" then halt_error "
	    "else .,.,. end",
	    &shared, &error);

	ok(run_on(program, "1", &r, &error) == -1, "a halt fails the text");
	for (int i = 0; i < 3; i++)
		ok(run_on(program, "\"some text\"", &r, &error) == -1,
		    "so does a halt with a message, again and again");
	ok(run_on(program, "2", &r, &error) == -1, "an error fails the text");
	ok(run_on(program, "3", &r, &error) == 0, "the next text is fine");
	is_str(buf_view(&r.text), "3 3", "results end when the caller has enough");
	r.most = 0;
	ok(run_on(program, "4", &r, &error) == 0, "and the next one");
	is_str(buf_view(&r.text), "3 3 4 4 4", "starts anew");
	jq_program_free(program);
	buf_free(&r.text);
	buf_free(&error);
}

/* For the sanitizer: a libjq that has broken off is left as it is. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libjq";
}

/* Data for which libjq 1.6 has an assertion and no error, between texts that are fine. */
static void
test_assertions(void)
{
	static const char *const programs[] = {"[1, 2] | .[nan:1]", "1e300 | todate"};
	struct jq_shared shared = {0};

	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct buf text = {0}, error = {0};
		struct results r = {0};
		struct jq_program *program;

		buf_printf(&text, "if . == 1 then (0, (%s)) else . + 1 end", programs[i]);
		program = jq_program_new(text.data, &shared, &error);
		for (int n = 1; n <= 2; n++) {
			ok(run_on(program, "1", &r, &error) == -1, "%s fails the text",
			    programs[i]);
			ok(slice_starts(buf_view(&error), "libjq breaks off: its assertion '"),
			    "with libjq's reason");
			ok(run_on(program, "2", &r, &error) == 0, "the next text is fine");
		}
		is_str(buf_view(&r.text), "0 3 0 3", "and gives its result");
		jq_program_free(program);
		buf_free(&r.text);
		buf_free(&error);
		buf_free(&text);
	}
}

static bool
fail_ours(void *context, struct slice result)
{
	assert(context == result.p);
	return false;
}

static void
test_our_assertion(void)
{
	struct jq_shared shared = {0};
	struct buf error = {0};
	struct jq_program *program = jq_program_new("., 1", &shared, &error);
	struct json_value input = value_of("0");
	int status = 0;

	fflush(stdout);
	if (fork() == 0) {
		close(STDERR_FILENO);
		jq_run(program, &input, fail_ours, NULL, &error);
		_exit(0);
	}
	wait(&status);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
	    "an assertion of our own ends the process");
	jq_program_free(program);
}

static bool
count_bytes(void *context, struct slice result)
{
	*(size_t *)context += result.n;
	return true;
}

static void
test_too_much(void)
{
	struct jq_shared shared = {0};
	struct buf error = {0};
	struct jq_program *program = jq_program_new("repeat(.)", &shared, &error);
	struct buf text = {0};
	struct json_value input;
	size_t bytes = 0;

	buf_printf(&text, "\"%*s\"", 1 << 19, "");
	input = value_of(text.data);
	ok(jq_run(program, &input, count_bytes, &bytes, &error) == -1,
	    "results without an end fail the text");
	is_str(buf_view(&error), "the results are more than 64 MiB longer than the record",
	    "once they are too long");
	ok(bytes <= JQ_GROWTH_MAX_BYTES + text.len && bytes > JQ_GROWTH_MAX_BYTES - text.len,
	    "and not before");
	jq_program_free(program);
	buf_free(&error);
	buf_free(&text);
}

/* More text than libjq takes: its length is looked at before its bytes. */
static void
test_too_long(void)
{
	struct jq_shared shared = {0};
	struct buf error = {0};
	struct jq_program *program = jq_program_new("length", &shared, &error);
	struct json_value huge = {"\"", (size_t)3 << 30, JSON_STRING, 0};

	ok(jq_run(program, &huge, collect, NULL, &error) == -1, "a text of 3 GiB is refused");
	is_str(buf_view(&error), "longer than the 511 MiB of libjq", "and said to be too long");
	jq_program_free(program);
	buf_free(&error);
}

/* Gives one argument; the reason why it is refused, until the next, or "". */
static const char *
arguments(struct jq_shared *shared, const char *option, const char *name, const char *value)
{
	static char why[200];
	const char *items[] = {option, name, value};
	struct buf reason = {0};
	int status = jq_shared_args(shared, &(struct cli_list){items, 3}, &reason);

	snprintf(why, sizeof why, "%s", status ? reason.data : "");
	buf_free(&reason);
	return why;
}

static void
test_arguments(void)
{
	struct jq_shared shared = {0}, bad = {0};

	is_str(slice_of(arguments(&shared, "arg", "a", "x\"y")), "", "a text as an argument");
	is_str(
	    slice_of(arguments(&shared, "argjson", "j", " {\"b\":[1,\n2]} ")), "", "JSON as one");
	is_str(slice_of(arguments(&shared, "argjson", "a", "1")), "", "a name given twice");
	run_with(&shared, "[$a, $j.b[1]]", "0", "[\"x\\\"y\",2]", "arguments are variables");
	run_with(&shared, "$ARGS", "0",
	    "{\"positional\":[],\"named\":{\"a\":\"x\\\"y\",\"j\":{\"b\":[1,2]}}}",
	    "$ARGS has them in their order");
	run_with(&shared, ".a", "{\"a\":1.0}", "1.0", "a simple path stays one");
	run("$ARGS.named", "0", "{}", "$ARGS is there without arguments");
	is_str(slice_of(arguments(&bad, "argjson", "n", "{1}")),
	    "option '--argjson': 'n': no JSON: expected a name in double quotes",
	    "no JSON is refused");
	is_str(slice_of(arguments(&bad, "arg", "x", "\xff")), "option '--arg': 'x': invalid UTF-8",
	    "so is a text that is no UTF-8");
	ok(*arguments(&bad, "arg", "\xff", "x"), "and such a name");
	jq_shared_free(&shared);
	jq_shared_free(&bad);
}

static void
warns(const char *text, const char *json, const char *expected, const char *name)
{
	struct jq_shared shared = {0};
	struct jq_program *program;
	struct results r = {0};
	struct buf error = {0};
	const char *warning;

	program = jq_program_new(text, &shared, &error);
	run_on(program, json, &r, &error);
	warning = jq_shared_warning(&shared);
	run_on(program, json, &r, &error);
	ok((warning != NULL) == (expected != NULL) && (!warning || strstr(warning, expected)) &&
		!jq_shared_warning(&shared),
	    "%s", name);
	jq_program_free(program);
	buf_free(&r.text);
	buf_free(&error);
}

static void
test_warnings(void)
{
	warns("{n}", "{\"n\":9007199254740993}", "numbers", "a lost digit is warned of, once");
	warns("\"\\(.n)\"", "{\"n\":9007199254740993}", "numbers", "in a string, too");
	warns("select(.n)", "{\"n\":9007199254740993}", NULL, "a record that is kept loses none");
	warns(".n", "{\"n\":9007199254740993}", NULL, "nor does a simple path");
	warns("{n}", "{\"n\":900719925474099.5}", "numbers", "sixteen digits are too many");
	warns("{n}", "{\"n\":900719925474099}", NULL, "fifteen are not");
	warns("{s}", "{\"s\":\"\\ud800\"}", "surrogate", "half a surrogate pair is warned of");
	run("{s}", "{\"s\":\"\\ud800\"}", "{\"s\":\"\xef\xbf\xbd\"}", "and becomes U+FFFD");
}

/* The same programs, at first without an end, go on with the next text. */
static void
test_watchdog(void)
{
	static const char *const programs[] = {"def f: f; f", "[range(1e12)]", "last(range(1e15))",
	    "\"ab\" | gsub(\"\"; \"-\")", "0 | def f: . + 1 | f; f"};
	struct jq_shared shared = {.limit_ms = 40};
	sigset_t blocked; /* as the parent may have left it */

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct buf text = {0}, error = {0};
		struct results r = {0};
		struct jq_program *program;

		buf_printf(&text, "if . == 1 then (%s) else . + 1 end", programs[i]);
		program = jq_program_new(text.data, &shared, &error);
		ok(run_on(program, "1", &r, &error) == -1, "%s is stopped", programs[i]);
		is_str(
		    buf_view(&error), "the program does not end within 0.04 s", "and said to be");
		ok(run_on(program, "2", &r, &error) == 0, "the next text is fine");
		is_str(buf_view(&r.text), "3", "and gives its result");
		jq_program_free(program);
		buf_free(&r.text);
		buf_free(&error);
		buf_free(&text);
	}
}

static void
last_act(void *context)
{
	ssize_t ignored = write(STDERR_FILENO, context, strlen(context));

	(void)ignored;
}

/* The program ends the process: with status 2 and these lines on stderr. No limit of time: of memory. */
static void
ends_with(const char *text, int64_t limit_ms, const char *lines, const char *name)
{
	static const struct rlimit memory = {MEMORY_BYTES, MEMORY_BYTES};
	char due[] = "what was due\n";
	struct jq_shared shared = {.limit_ms = limit_ms, .last_act = last_act, .context = due};
	char said[200] = "";
	int ends[2], status = 0;
	ssize_t n;

	fflush(stdout);
	if (pipe(ends) == 0 && fork() == 0) {
		dup2(ends[1], STDERR_FILENO);
		if (!limit_ms)
			setrlimit(RLIMIT_AS, &memory);
		run_with(&shared, text, "\"some text\"", "", "is not reached");
		_exit(0);
	}
	close(ends[1]);
	wait(&status);
	n = read(ends[0], said, sizeof said - 1);
	said[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 2, "%s", name);
	is_str(slice_of(said), lines, "with this");
}

static void
test_ends(void)
{
	ends_with(". * 1e8", 20,
	    "what was due\ngem: a jq program cannot be stopped: it takes too long\n",
	    "a function of libjq that does not look at its halt ends the process");
#ifndef __SANITIZE_ADDRESS__ /* which has its own way to fail an allocation, as valgrind has */
	if (!getenv("UNDER_VALGRIND"))
		ends_with(
		    "[range(1e9)]", 0, "gem: out of memory\n", "so does an allocation that fails");
#endif
}

int
main(void)
{
	test_results();
	test_compile_errors();
	test_runtime_errors();
	test_depth();
	test_too_long();
	test_too_much();
	test_reuse();
	test_assertions();
	test_our_assertion();
	test_arguments();
	test_warnings();
	test_watchdog();
	test_ends();
	return tap_done();
}
