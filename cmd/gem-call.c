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
#include "run/ending.h"

/* What `auto` may reach. */
#define AUTO_JOBS_MAX 256

/* How far ahead of the oldest record in flight --keep-order reads, in jobs. */
#define WINDOW_JOBS 4

/* The bar is drawn so often. */
#define BAR_MS 250

struct options {
	struct target_options where;
	struct http_config http;
	struct api_options requests;
	const char *jobs, *halt;
	struct gates_config limits;
	struct engine_config run;
	int64_t window;
	const char *output, *journal;
	bool retry_failed, keep_order, raw, quiet;
	int emit;
	const char *events;
	int64_t progress_ms;
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
    {"cacert", 0, CLI_TEXT, AT(http.ca_file), "FILE", "trust the certificates in this PEM file"},
    {"allow-http", 0, CLI_FLAG, AT(where.allow_http), NULL, "plain http to other machines too"},
    {"http1.1", 0, CLI_FLAG, AT(http.http1), NULL, "no HTTP/2"},
    {"compressed", 0, CLI_FLAG, AT(http.compressed), NULL, "ask for compressed answers"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Defaults for records; a record's own `ask` beats them"},
    {"system", 0, CLI_TEXT, AT(requests.system), "TEXT|@FILE", "the system instruction"},
    {"config", 0, CLI_TEXT, AT(requests.config), "JSON|@FILE", "the generationConfig, an object"},
    {"body", 0, CLI_TEXT, AT(requests.body), "JSON|@FILE",
	"an object that is merged into each request"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Limits"},
    {"jobs", 'j', CLI_TEXT, AT(jobs), "N|MIN-MAX|auto",
	"calls in flight (auto: 1-256, as it adapts)"},
    {"rate", 0, CLI_RATE, AT(limits.per_second), "N/U", "at most so many calls: 60/m, 5/s, 1000/h"},
    {"tpm", 0, CLI_COUNT, AT(limits.tokens_per_minute), "N",
	"at most so many input tokens a minute"},
    {"delay", 0, CLI_DURATION, AT(limits.delay_ms), "DUR", "at least so long between two starts"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Time"},
    {"connect-timeout", 0, CLI_DURATION, AT(http.connect_timeout_ms), "DUR",
	"for a connection to come up (10s)"},
    {"timeout", 0, CLI_DURATION, AT(http.timeout_ms), "DUR", "for an attempt to end (5m)"},
    {"stall", 0, CLI_DURATION, AT(http.stall_ms), "DUR",
	"for silence within an answer that has begun (60s)"},
    {"max-wait", 0, CLI_DURATION, AT(run.max_wait_ms), "DUR",
	"stop when the server asks for a longer wait (5m)"},
    {"drain", 0, CLI_DURATION, AT(run.drain_ms), "DUR",
	"for calls in flight to end after a stop (30s)"},
    {"deadline", 0, CLI_DURATION, AT(run.deadline_ms), "DUR", "start nothing after so long"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Retry"},
    {"retry", 0, CLI_COUNT, AT(run.retry), "N", "try again after a failure, up to N times (5)"},
    {"retry-ambiguous", 0, CLI_COUNT, AT(run.retry_ambiguous), "N",
	"the same where what was lost may be billed (1)"},
    {"retry-max-time", 0, CLI_DURATION, AT(run.retry_max_ms), "DUR",
	"no new attempt of a record after so long"},
    {"halt", 0, CLI_TEXT, AT(halt), "soon|now,fail=N|N%", "stop after so many failures"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Budget"},
    {"max-calls", 0, CLI_COUNT, AT(run.max_calls), "N", "send no more than so many calls"},
    {"max-total-tokens", 0, CLI_COUNT, AT(run.max_tokens), "N",
	"stop before calls take more tokens in all, as far as can be foreseen"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Output"},
    {"output", 'o', CLI_OUTPUT, AT(output), "FILE", "results into FILE; the same command goes on"},
    {"journal", 0, CLI_OUTPUT, AT(journal), "FILE", "the same, and the results to standard output"},
    {"retry-failed", 0, CLI_FLAG, AT(retry_failed), NULL, "call again all failures in FILE"},
    {"keep-order", 'k', CLI_FLAG, AT(keep_order), NULL, "results in the order of the input"},
    {"window", 0, CLI_COUNT, AT(window), "N", "how far -k may read ahead (4 x jobs)"},
    {"raw-output", 'r', CLI_FLAG, AT(raw), NULL, "the text of the answers only"},
    {"emit", 0, CLI_CHOICE, AT(emit), "native|seed|gemini", "the shape of the results (native)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Watch"},
    {"progress", 0, CLI_DURATION, AT(progress_ms), "DUR",
	"a plain line so often, in place of the bar"},
    {"events", 0, CLI_OUTPUT, AT(events), "FILE", "what happens, as NDJSON"},
    {"quiet", 'q', CLI_FLAG, AT(quiet), NULL,
	"no bar, no first failures, no line at the end; errors stay"},
    {NULL, 0, CLI_SECTION, 0, NULL, NULL},
};

struct gem_call {
	struct options o;
	struct api_defaults defaults;
	struct target target;
	struct resume resume;
	struct pipe pipe;
};

/* An empty option, as of "$UNSET", stands and is refused: it asks for no other server or model. */
static const char *
first_set(const char *option, const char *variable, const char *otherwise)
{
	const char *value = option ? option : getenv(variable);

	return option || (value && *value) ? value : otherwise;
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
	cli_check(api_set_defaults(&api_gemini, requests, &g->defaults, &error), &error);
	g->target.http = g->o.http;
	g->target.http.key_header = api_gemini.key_header;
	g->target.http.user_agent = "gem-call/" GEM_VERSION;
	cli_check(target_set(&g->target, where, variables, &error), &error);
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
	int64_t least = 1, most = AUTO_JOBS_MAX;
	bool chosen = strcmp(g->o.jobs, "auto") != 0;
	size_t allowed;

	if (chosen && (num_range(g->o.jobs, &least, &most) || least < 1 || most > HTTP_CALLS_MAX))
		cli_die(STATUS_TROUBLE,
		    "option '--jobs': '%s' is none of N, MIN-MAX and auto, from 1 to %d", g->o.jobs,
		    HTTP_CALLS_MAX);
	allowed = http_descriptors((size_t)most);
	if (chosen && allowed < (size_t)most)
		cli_warn("%zu calls at once: the limit of open files (ulimit -n) allows no more",
		    allowed);
	g->o.limits.max = allowed;
	g->o.limits.min = (size_t)least < allowed ? (size_t)least : allowed;
	g->o.window = g->o.window ? g->o.window : (int64_t)allowed * WINDOW_JOBS;
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
	if (o->window && (!o->keep_order || o->output))
		cli_die(STATUS_TROUBLE, "option '--window' needs --keep-order, and no --output");
}

static void
set_halt(struct options *o)
{
	if (o->halt && halt_parse(&o->run.halt, o->halt))
		cli_die(STATUS_TROUBLE,
		    "option '--halt': '%s' is none of soon,fail=N, now,fail=N and the same with "
		    "N%%",
		    o->halt);
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

static void
say_line(const char *line)
{
	cli_say("%s", line);
}

/* A bar is for a terminal that nothing else is written to. */
static void
open_watch(struct gem_call *g)
{
	struct meter *m = &g->pipe.meter;
	struct buf reason = {0};

	m->input = &g->pipe.input;
	m->warn = g->o.quiet ? NULL : cli_warn;
	m->told_elsewhere = g->o.raw;
	m->every_ms = g->o.progress_ms ? g->o.progress_ms : BAR_MS;
	if (g->o.progress_ms)
		m->show = say_line;
	else if (!g->o.quiet && isatty(STDERR_FILENO) && (g->o.output || !isatty(STDOUT_FILENO)))
		m->show = cli_bar;
	if (g->o.events &&
	    events_open(&m->events, g->o.events, m->input, g->pipe.file_only ? -1 : STDOUT_FILENO,
		g->pipe.resume ? g->resume.journal.fd : -1, &reason))
		cli_die(STATUS_TROUBLE, "file '%s': %s", g->o.events, reason.data);
}

static int
run(struct gem_call *g)
{
	struct engine_port port = pipe_port(&g->pipe);
	struct engine_config *config = &g->o.run;
	struct gates gates;
	int64_t start = clock_ms();
	struct engine_report report;
	const char *reason;
	int status;
	struct http *http = http_open(&g->target.http, &reason);

	if (!http)
		cli_die(STATUS_TROUBLE, "%s", reason);
	config->api = &api_gemini;
	config->defaults = &g->defaults;
	config->origin = g->target.base_url.data;
	config->seed = g->o.limits.seed = rng_entropy();
	gates_init(&gates, &g->o.limits);
	report = engine_run(config, &gates, http_transport(http), &port);
	http_close(http);
	if (g->pipe.meter.show == cli_bar)
		cli_bar("");
	if (g->pipe.keyless)
		die_keyless();
	status = ending(&g->pipe, &report, clock_ms() - start, g->o.quiet);
	gates_free(&gates);
	return status;
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

	*p = (struct pipe){.has_key = http_has_key(&g->target.http),
	    .keep_order = g->o.keep_order && !g->o.output,
	    .file_only = g->o.output != NULL,
	    .window = (uint64_t)g->o.window,
	    .raw = g->o.raw,
	    .emit = (enum emit)g->o.emit,
	    .warn = cli_warn,
	    .say = cli_say};
	input_init(&p->input, READER_LINE, files, count, cli_warn_file);
	if (!count && isatty(STDIN_FILENO)) {
		if (!p->has_key)
			die_keyless();
		cli_hint_terminal(STDIN_FILENO);
	}
	if (g->o.output || g->o.journal)
		open_resume(g, g->o.output ? g->o.output : g->o.journal);
	if (!p->file_only)
		open_output(g);
}

int
main(int argc, char **argv)
{
	struct gem_call g = {.o = {.requests.version = "v1beta",
				 .jobs = "auto",
				 .http.connect_timeout_ms = 10000,
				 .http.timeout_ms = 300000,
				 .http.stall_ms = 60000,
				 .run.max_wait_ms = 300000,
				 .run.drain_ms = 30000,
				 .run.max_calls = INT64_MAX,
				 .run.max_tokens = INT64_MAX,
				 .run.retry = 5,
				 .run.retry_ambiguous = 1}};
	struct buf libraries = {0};
	struct cli_program program = {"gem-call", "[FILE...]",
	    "Reads request records, calls the Gemini API for each, writes result records.", NULL,
	    table};
	int first, status;

	cli_start();
	cli_do_not_wait();
	program.libraries = http_libraries(&libraries);
	first = cli_parse(&program, &g.o, argc, argv);
	check_output(&g.o);
	set_jobs(&g);
	set_halt(&g.o);
	configure(&g);
	open_pipe(&g, argv + first, (size_t)(argc - first));
	open_watch(&g);
	g.pipe.signal_fd = signals_open(0);
	status = run(&g);
	secret_free(&g.target.secret);
	signals_exit(status);
}
