// SPDX-License-Identifier: MIT
/*
 * gem-call: request records in, result records out, many calls at once.
 *
 * The rooms do the work: record takes lines apart, api/gemini says what goes
 * over the wire, run/engine decides when. This file is the option table, the
 * wiring of the rooms, and the exit status.
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/defaults.h"
#include "base/cli.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/signals.h"
#include "net/target.h"
#include "run/pipe.h"

/* The tutorial's semaphore: what `auto` means until the limit adapts. */
#define AUTO_JOBS 5

/* How far ahead of the oldest record in flight --keep-order reads, in jobs. */
#define WINDOW_JOBS 4

struct options {
	struct target_options where;
	struct api_options requests;
	const char *jobs;
	double rate;
	int64_t delay_ms, max_wait_ms, drain_ms;
	int64_t retry, retry_ambiguous, window;
	const char *output, *journal;
	bool retry_failed, keep_order, raw, quiet;
	int emit;
};

#define AT(member) offsetof(struct options, member)

static const struct cli_option table[] = {
    {NULL, 0, CLI_SECTION, 0, NULL, "Where"},
    {"model", 'm', CLI_TEXT, AT(requests.model), "NAME",
	"the model (GEM_MODEL, or gemini-flash-latest)"},
    {"base-url", 0, CLI_TEXT, AT(where.base_url), "URL", "the server (GOOGLE_GEMINI_BASE_URL)"},
    {"api-version", 0, CLI_TEXT, AT(requests.version), "V", "the version in the path (v1beta)"},
    {"header", 'H', CLI_LIST, AT(where.headers), "'N: V'|@FILE",
	"send this header too; again for more"},
    {"key-file", 0, CLI_TEXT, AT(where.key_file), "FILE",
	"the key (GEMINI_API_KEY, GOOGLE_API_KEY)"},
    {"cacert", 0, CLI_TEXT, AT(where.ca_file), "FILE", "trust the certificates in this PEM file"},
    {"allow-http", 0, CLI_FLAG, AT(where.allow_http), NULL, "plain http to other machines too"},
    {"http1.1", 0, CLI_FLAG, AT(where.http1), NULL, "no HTTP/2"},
    {"compressed", 0, CLI_FLAG, AT(where.compressed), NULL, "ask for compressed answers"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Defaults for records; a record's own `ask` beats them"},
    {"system", 0, CLI_TEXT, AT(requests.system), "TEXT|@FILE", "the system instruction"},
    {"config", 0, CLI_TEXT, AT(requests.config), "JSON|@FILE", "the generationConfig, an object"},
    {"body", 0, CLI_TEXT, AT(requests.body), "JSON|@FILE",
	"an object that is merged into each request"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Limits"},
    {"jobs", 'j', CLI_TEXT, AT(jobs), "N|auto", "at most N calls in flight (auto: 5)"},
    {"rate", 0, CLI_RATE, AT(rate), "N/U", "at most so many calls: 60/m, 5/s, 1000/h"},
    {"delay", 0, CLI_DURATION, AT(delay_ms), "DUR", "at least so long between two starts"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Time"},
    {"connect-timeout", 0, CLI_DURATION, AT(where.connect_timeout_ms), "DUR",
	"for a connection (10s)"},
    {"timeout", 0, CLI_DURATION, AT(where.timeout_ms), "DUR", "for an attempt (5m)"},
    {"stall", 0, CLI_DURATION, AT(where.stall_ms), "DUR", "of silence within an answer (60s)"},
    {"max-wait", 0, CLI_DURATION, AT(max_wait_ms), "DUR", "stop rather than wait longer (5m)"},
    {"drain", 0, CLI_DURATION, AT(drain_ms), "DUR", "wait for calls in flight when stopped (30s)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Retry"},
    {"retry", 0, CLI_COUNT, AT(retry), "N", "try again after a failure, up to N times (5)"},
    {"retry-ambiguous", 0, CLI_COUNT, AT(retry_ambiguous), "N", "and where it may cost twice (1)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Output"},
    {"output", 'o', CLI_TEXT, AT(output), "FILE",
	"results into FILE, which a next run goes on with"},
    {"journal", 0, CLI_TEXT, AT(journal), "FILE", "the same, and the results to standard output"},
    {"retry-failed", 0, CLI_FLAG, AT(retry_failed), NULL, "call all failures in FILE again"},
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
	struct api_defaults defaults;
	struct target target;
	struct resume resume;
	struct pipe pipe;
};

static const char *
first_set(const char *option, const char *variable, const char *otherwise)
{
	const char *value = option ? option : getenv(variable);

	return value && *value ? value : otherwise;
}

static void
check(int status, const struct buf *error)
{
	if (status)
		cli_die(STATUS_TROUBLE, "%s", error->data);
}

static void
configure(struct gem_call *g)
{
	static const char *const variables[] = {"GEMINI_API_KEY", "GOOGLE_API_KEY", NULL};
	struct api_options *requests = &g->o.requests;
	struct target_options *where = &g->o.where;
	struct buf error = {0};

	requests->model = first_set(requests->model, "GEM_MODEL", "gemini-flash-latest");
	where->base_url = first_set(
	    where->base_url, "GOOGLE_GEMINI_BASE_URL", "https://generativelanguage.googleapis.com");
	check(api_set_defaults(&api_gemini, requests, &g->defaults, &error), &error);
	check(target_set(&g->target, where, variables, &error), &error);
	g->target.http.key_header = api_gemini.key_header;
	g->target.http.user_agent = "gem-call/" GEM_VERSION;
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
}

/* Options that contradict each other. */
static void
check_output(const struct options *o)
{
	bool shaped = o->raw || o->emit != EMIT_NATIVE;

	if (o->raw && o->emit != EMIT_NATIVE)
		cli_die(STATUS_TROUBLE, "option '--raw-output' goes with no --emit");
	if (o->output && (o->journal || shaped))
		cli_die(STATUS_TROUBLE, "option '--output' goes with no --journal, -r or --emit");
	if (o->journal && o->emit == EMIT_GEMINI)
		cli_die(STATUS_TROUBLE, "option '--journal' keeps no replies for --emit gemini");
	if (o->retry_failed && !o->output && !o->journal)
		cli_die(STATUS_TROUBLE, "option '--retry-failed' needs --output or --journal");
}

static void
open_resume(struct gem_call *g, const char *path)
{
	struct buf reason = {0};
	int output = g->pipe.file_only ? -1 : STDOUT_FILENO;

	g->resume = (struct resume){.at_once = g->pipe.keep_order, .warn = cli_warn};
	if (resume_open(&g->resume, path, g->o.retry_failed, &g->pipe.input, output, &reason))
		cli_die(STATUS_TROUBLE, "file '%s': %s", path, reason.data);
	g->pipe.resume = &g->resume;
}

/* Says why a run has stopped before its input was done; returns the exit status. */
static int
explain(const struct gem_call *g, const struct engine_report *r)
{
	const struct journal *j = &g->resume.journal;

	if (r->end == ENGINE_COMPLETE)
		return r->succeeded == r->emitted ? STATUS_OK : STATUS_FAILED;
	if (r->end == ENGINE_INTERRUPTED && g->pipe.resume && !g->o.quiet)
		cli_warn("interrupted; the same command goes on from here");
	if (r->end == ENGINE_INTERRUPTED)
		return STATUS_SIGNAL + g->pipe.signal;
	if (j->error)
		cli_die(STATUS_TROUBLE,
		    "file '%s': %s%s; what is in it stays, and the same command goes on from there",
		    j->path, j->anew ? "it is not written anew: " : "", strerror(j->error));
	if (r->end == ENGINE_OUTPUT_GONE)
		return cli_output_failed(g->pipe.writer.error);
	cli_warn("stopped: %s: %s", engine_end_reason(r->end), r->why.data);
	cli_warn("the rest of the input was not attempted; the same command %s",
	    g->pipe.resume ? "goes on from here" : "would start over");
	return r->end == ENGINE_REFUSED ? STATUS_REFUSED : STATUS_STOPPED;
}

static int
finish(struct gem_call *g, struct engine_report *r, int64_t elapsed_ms)
{
	struct buf line = {0};
	int status;

	if (pipe_close(&g->pipe, r->output_left) && r->end != ENGINE_OUTPUT_GONE)
		r->end = ENGINE_OUTPUT_GONE;
	secret_redact(&g->target.secret, &r->why);
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
	    .origin = g->target.base_url.data,
	    .retry = g->o.retry,
	    .retry_ambiguous = g->o.retry_ambiguous,
	    .max_wait_ms = g->o.max_wait_ms,
	    .drain_ms = g->o.drain_ms,
	    .seed = rng_entropy()};
	struct gate gate = {.bound = g->jobs};
	int64_t start = clock_ms();
	struct engine_report report;
	const char *reason;
	struct http *http = http_open(&g->target.http, &reason);

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
open_output(struct gem_call *g)
{
	if (input_reads(&g->pipe.input, STDOUT_FILENO))
		cli_die(STATUS_TROUBLE, INPUT_IS_OUTPUT);
	writer_init(&g->pipe.writer, STDOUT_FILENO);
	if (g->pipe.writer.error)
		exit(cli_output_failed(g->pipe.writer.error));
}

static void
open_pipe(struct gem_call *g, char **files, size_t count)
{
	struct pipe *p = &g->pipe;

	*p = (struct pipe){.secret = &g->target.secret,
	    .keep_order = g->o.keep_order && !g->o.output,
	    .file_only = g->o.output != NULL,
	    .window = (uint64_t)g->o.window,
	    .raw = g->o.raw,
	    .emit = (enum emit)g->o.emit,
	    .warn = cli_warn};
	input_init(&p->input, READER_LINE, files, count, cli_warn_file);
	if (!count && isatty(STDIN_FILENO)) {
		if (!g->target.secret.key)
			die_keyless();
		cli_hint_terminal(STDIN_FILENO);
	}
	if (g->o.output || g->o.journal)
		open_resume(g, g->o.output ? g->o.output : g->o.journal);
	if (!p->file_only)
		open_output(g);
	p->signal_fd = signals_open();
}

int
main(int argc, char **argv)
{
	struct gem_call g = {.o = {.requests.version = "v1beta",
				 .jobs = "auto",
				 .where.connect_timeout_ms = 10000,
				 .where.timeout_ms = 300000,
				 .where.stall_ms = 60000,
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
	check_output(&g.o);
	configure(&g);
	open_pipe(&g, argv + first, (size_t)(argc - first));
	status = run(&g);
	secret_free(&g.target.secret);
	signals_exit(status);
}
