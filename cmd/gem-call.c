// SPDX-License-Identifier: MIT
/*
 * gem-call: request records in, result records out, many calls at once.
 *
 * The rooms do the work: record takes lines apart, api/gemini says what goes
 * over the wire, run/engine decides when. This file is the option table, the
 * wiring of the rooms, and the exit status.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "base/cli.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/secret.h"
#include "base/signals.h"
#include "net/http.h"
#include "run/pipe.h"
#include "text/utf8.h"

/* The tutorial's semaphore: what `auto` means until the limit adapts. */
#define AUTO_JOBS 5

/* How far ahead of the oldest record in flight --keep-order reads, in jobs. */
#define WINDOW_JOBS 4

struct options {
	const char *model, *base_url, *api_version, *key_file, *ca_file;
	struct cli_list headers;
	const char *system, *config, *body, *jobs;
	double rate;
	int64_t delay_ms, connect_timeout_ms, timeout_ms, stall_ms, max_wait_ms, drain_ms;
	int64_t retry, retry_ambiguous, window;
	bool allow_http, http1, compressed;
	bool keep_order, raw, quiet;
	int emit;
};

#define AT(member) offsetof(struct options, member)

static const struct cli_option table[] = {
    {NULL, 0, CLI_SECTION, 0, NULL, "Where"},
    {"model", 'm', CLI_TEXT, AT(model), "NAME", "the model (GEM_MODEL, or gemini-flash-latest)"},
    {"base-url", 0, CLI_TEXT, AT(base_url), "URL", "the server (GOOGLE_GEMINI_BASE_URL)"},
    {"api-version", 0, CLI_TEXT, AT(api_version), "V", "the version in the path (v1beta)"},
    {"header", 'H', CLI_LIST, AT(headers), "'N: V'|@FILE", "send this header too; again for more"},
    {"key-file", 0, CLI_TEXT, AT(key_file), "FILE", "the key (GEMINI_API_KEY, GOOGLE_API_KEY)"},
    {"cacert", 0, CLI_TEXT, AT(ca_file), "FILE", "trust the certificates in this PEM file"},
    {"allow-http", 0, CLI_FLAG, AT(allow_http), NULL, "plain http to other machines too"},
    {"http1.1", 0, CLI_FLAG, AT(http1), NULL, "no HTTP/2"},
    {"compressed", 0, CLI_FLAG, AT(compressed), NULL, "ask for compressed answers"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Defaults for records; a record's own `ask` beats them"},
    {"system", 0, CLI_TEXT, AT(system), "TEXT|@FILE", "the system instruction"},
    {"config", 0, CLI_TEXT, AT(config), "JSON|@FILE", "the generationConfig, an object"},
    {"body", 0, CLI_TEXT, AT(body), "JSON|@FILE", "an object that is merged into each request"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Limits"},
    {"jobs", 'j', CLI_TEXT, AT(jobs), "N|auto", "at most N calls in flight (auto: 5)"},
    {"rate", 0, CLI_RATE, AT(rate), "N/U", "at most so many calls: 60/m, 5/s, 1000/h"},
    {"delay", 0, CLI_DURATION, AT(delay_ms), "DUR", "at least so long between two starts"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Time"},
    {"connect-timeout", 0, CLI_DURATION, AT(connect_timeout_ms), "DUR", "for a connection (10s)"},
    {"timeout", 0, CLI_DURATION, AT(timeout_ms), "DUR", "for an attempt (5m)"},
    {"stall", 0, CLI_DURATION, AT(stall_ms), "DUR", "of silence within an answer (60s)"},
    {"max-wait", 0, CLI_DURATION, AT(max_wait_ms), "DUR", "stop rather than wait longer (5m)"},
    {"drain", 0, CLI_DURATION, AT(drain_ms), "DUR", "wait for calls in flight when stopped (30s)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Retry"},
    {"retry", 0, CLI_COUNT, AT(retry), "N", "try again after a failure, up to N times (5)"},
    {"retry-ambiguous", 0, CLI_COUNT, AT(retry_ambiguous), "N", "and where it may cost twice (1)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Output"},
    {"keep-order", 'k', CLI_FLAG, AT(keep_order), NULL, "results in the order of the input"},
    {"window", 0, CLI_COUNT, AT(window), "N", "how far -k may read ahead (4 x jobs)"},
    {"raw-output", 'r', CLI_FLAG, AT(raw), NULL, "the text of the answers only"},
    {"emit", 0, CLI_CHOICE, AT(emit), "native|seed|gemini", "the shape of the results (native)"},
    {"quiet", 'q', CLI_FLAG, AT(quiet), NULL, "no line at the end; errors stay"},
    {NULL, 0, CLI_SECTION, 0, NULL, NULL},
};

struct gem_call {
	struct options o;
	size_t jobs;
	struct secret secret;
	struct api_defaults defaults;
	struct buf base_url;
	struct cli_list header_lines;
	struct http_config http;
	struct pipe pipe;
};

static const char *
first_set(const char *option, const char *variable, const char *otherwise)
{
	const char *value = option ? option : getenv(variable);

	return value && *value ? value : otherwise;
}

/* Reads the object of --config or --body; exits 2 when it is none. */
static struct json_value
object_option(const char *name, const char *value, struct buf *text)
{
	struct json_value whole;
	struct json_error error;

	cli_text_or_file(name, value, text);
	if (json_scan(buf_view(text), NULL, 0, NULL, &whole, &error))
		cli_die(STATUS_TROUBLE, "option '--%s': not JSON: %s at byte %zu", name,
		    error.reason, error.offset);
	if (whole.kind != JSON_OBJECT)
		cli_die(STATUS_TROUBLE, "option '--%s': a JSON object is needed, not %s", name,
		    json_kind_name(whole.kind));
	return whole;
}

/* --system, --config and --body: what every request starts from. */
static void
set_defaults(struct gem_call *g)
{
	struct buf system = {0}, config_text = {0}, body_text = {0};
	struct json_value config = {0}, body = {0};

	g->defaults.model = first_set(g->o.model, "GEM_MODEL", "gemini-flash-latest");
	g->defaults.version = g->o.api_version;
	if (!api_model_is_sane(slice_of(g->defaults.model)))
		cli_die(STATUS_TROUBLE, "model '%s' has a character that no model has",
		    g->defaults.model);
	if (!api_model_is_sane(slice_of(g->defaults.version)))
		cli_die(
		    STATUS_TROUBLE, "api version '%s' is none such as v1beta", g->defaults.version);
	if (g->o.system)
		cli_text_or_file("system", g->o.system, &system);
	if (g->o.config)
		config = object_option("config", g->o.config, &config_text);
	if (g->o.body)
		body = object_option("body", g->o.body, &body_text);
	if (utf8_invalid(system.data, system.len) < system.len)
		cli_die(STATUS_TROUBLE, "option '--system': the text is not UTF-8");
	api_gemini.base(&g->defaults.base, g->o.system ? &system : NULL, &config, &body);
	buf_free(&system);
	buf_free(&config_text);
	buf_free(&body_text);
}

static void
add_header(struct gem_call *g, const char *line)
{
	if (!http_check_header(line))
		cli_die(STATUS_TROUBLE, "option '--header': 'Name: value' is needed (no lengths)");
	cli_list_add(&g->header_lines, line);
}

/* One a line: headers that hold a token come from a @FILE, so that no process list shows them. */
static void
add_headers(struct gem_call *g, const char *value)
{
	struct buf text = {0};
	char *rest, *line;

	cli_text_or_file("header", value, &text);
	for (rest = buf_take(&text); (line = strsep(&rest, "\n"));) {
		if (*line)
			add_header(g, line);
	}
}

static void
set_target(struct gem_call *g)
{
	static const char *const variables[] = {"GEMINI_API_KEY", "GOOGLE_API_KEY", NULL};
	const char *url = first_set(
	    g->o.base_url, "GOOGLE_GEMINI_BASE_URL", "https://generativelanguage.googleapis.com");
	struct buf error = {0};
	const char *reason;
	bool loopback;

	if (g->o.ca_file && access(g->o.ca_file, R_OK))
		cli_die(STATUS_TROUBLE, "option '--cacert': file '%s': %s", g->o.ca_file,
		    strerror(errno));
	if (secret_load(&g->secret, g->o.key_file, variables, &error))
		cli_die(STATUS_TROUBLE, "%s", error.data);
	if (http_check_url(url, g->o.allow_http, &g->base_url, &loopback, &reason))
		cli_die(
		    STATUS_TROUBLE, "base URL '%s': %s", strchr(url, '@') ? "..." : url, reason);
	for (size_t i = 0; i < g->o.headers.count; i++)
		add_headers(g, g->o.headers.items[i]);
	g->http = (struct http_config){.base_url = g->base_url.data,
	    .loopback = loopback,
	    .http1 = g->o.http1,
	    .compressed = g->o.compressed,
	    .key_header = api_gemini.key_header,
	    .key = g->secret.key,
	    .headers = g->header_lines.items,
	    .header_count = g->header_lines.count,
	    .ca_file = g->o.ca_file,
	    .user_agent = "gem-call/" GEM_VERSION,
	    .connect_timeout_ms = g->o.connect_timeout_ms,
	    .timeout_ms = g->o.timeout_ms,
	    .stall_ms = g->o.stall_ms};
}

static _Noreturn void
die_keyless(void)
{
	cli_die(STATUS_TROUBLE, "no API key: set GEMINI_API_KEY "
				"(https://aistudio.google.com/apikey) or give --key-file; "
				"to try without one: gem-sim -- COMMAND");
}

static void
set_jobs(struct gem_call *g)
{
	int64_t jobs = AUTO_JOBS;

	if (strcmp(g->o.jobs, "auto") != 0 &&
	    (num_count(g->o.jobs, &jobs) || jobs < 1 || jobs > HTTP_CALLS_MAX))
		cli_die(STATUS_TROUBLE, "option '--jobs': '%s' is neither auto nor 1 to %d",
		    g->o.jobs, HTTP_CALLS_MAX);
	g->jobs = http_descriptors((size_t)jobs);
	if (g->jobs < (size_t)jobs)
		cli_warn("%zu calls at once: the limit of open files (ulimit -n) allows no more",
		    g->jobs);
	g->o.window = g->o.window ? g->o.window : (int64_t)g->jobs * WINDOW_JOBS;
	if (g->o.raw && g->o.emit != EMIT_NATIVE)
		cli_die(STATUS_TROUBLE, "option '--raw-output' goes with no --emit");
}

/* Says why a run has stopped before its input was done; returns the exit status. */
static int
explain(const struct gem_call *g, const struct engine_report *r)
{
	if (r->end == ENGINE_COMPLETE)
		return r->succeeded == r->emitted ? STATUS_OK : STATUS_FAILED;
	if (r->end == ENGINE_INTERRUPTED)
		return STATUS_SIGNAL + g->pipe.signal;
	if (r->end == ENGINE_OUTPUT_GONE)
		return cli_output_failed(g->pipe.writer.error);
	cli_warn("stopped: %s: %s", engine_end_reason(r->end), r->why.data);
	cli_warn("the rest of the input was not attempted; the same command would start over");
	return r->end == ENGINE_REFUSED ? STATUS_REFUSED : STATUS_STOPPED;
}

static int
finish(struct gem_call *g, struct engine_report *r, int64_t elapsed_ms)
{
	struct buf line = {0};
	int status;

	if (pipe_close(&g->pipe, r->output_left) && r->end != ENGINE_OUTPUT_GONE)
		r->end = ENGINE_OUTPUT_GONE;
	secret_redact(&g->secret, &r->why);
	status = explain(g, r);
	if (r->end != ENGINE_OUTPUT_GONE && r->pulled && !g->o.quiet) {
		summary_line(&g->pipe.summary, elapsed_ms, &line);
		cli_say("%s", line.data);
	}
	if (g->pipe.input.trouble && status < STATUS_SIGNAL)
		status = STATUS_TROUBLE;
	buf_free(&line);
	buf_free(&r->why);
	return status;
}

static int
run(struct gem_call *g)
{
	struct engine_port port = pipe_port(&g->pipe);
	struct engine_config config = {.api = &api_gemini,
	    .defaults = &g->defaults,
	    .origin = g->base_url.data,
	    .retry = g->o.retry,
	    .retry_ambiguous = g->o.retry_ambiguous,
	    .max_wait_ms = g->o.max_wait_ms,
	    .drain_ms = g->o.drain_ms,
	    .seed = rng_entropy()};
	struct gate gate = {.bound = g->jobs};
	int64_t start = clock_ms();
	struct engine_report report;
	const char *reason;
	struct http *http = http_open(&g->http, &reason);

	if (!http)
		cli_die(STATUS_TROUBLE, "%s", reason);
	pacer_init(&gate.pacer, g->o.rate, g->o.delay_ms);
	report = engine_run(&config, &gate, http_transport(http), &port);
	http_close(http);
	if (g->pipe.keyless)
		die_keyless();
	return finish(g, &report, clock_ms() - start);
}

static void
open_pipe(struct gem_call *g, char **files, size_t count)
{
	struct pipe *p = &g->pipe;

	*p = (struct pipe){.secret = &g->secret,
	    .keep_order = g->o.keep_order,
	    .window = (uint64_t)g->o.window,
	    .raw = g->o.raw,
	    .emit = (enum emit)g->o.emit,
	    .warn = cli_warn};
	input_init(&p->input, READER_LINE, files, count, cli_warn_file);
	if (!count && isatty(STDIN_FILENO)) {
		if (!g->secret.key)
			die_keyless();
		cli_hint_terminal(STDIN_FILENO);
	}
	if (input_reads(&p->input, STDOUT_FILENO))
		cli_die(STATUS_TROUBLE, INPUT_IS_OUTPUT);
	writer_init(&p->writer, STDOUT_FILENO);
	if (p->writer.error)
		exit(cli_output_failed(p->writer.error));
	p->signal_fd = signals_open();
}

int
main(int argc, char **argv)
{
	struct gem_call g = {.o = {.api_version = "v1beta",
				 .jobs = "auto",
				 .connect_timeout_ms = 10000,
				 .timeout_ms = 300000,
				 .stall_ms = 60000,
				 .max_wait_ms = 300000,
				 .drain_ms = 30000,
				 .retry = 5,
				 .retry_ambiguous = 1}};
	struct buf libraries = {0};
	struct cli_program program = {"gem-call", "[FILE...]",
	    "Reads request records, calls the Gemini API for each, writes result records.", NULL,
	    table};
	int first, status;

	cli_start();
	program.libraries = http_libraries(&libraries);
	first = cli_parse(&program, &g.o, argc, argv);
	set_jobs(&g);
	set_defaults(&g);
	set_target(&g);
	open_pipe(&g, argv + first, (size_t)(argc - first));
	status = run(&g);
	secret_free(&g.secret);
	signals_exit(status);
}
