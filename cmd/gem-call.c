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
#include <sys/signalfd.h>
#include <unistd.h>

#include "api/api.h"
#include "base/cli.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/secret.h"
#include "net/http.h"
#include "record/result.h"
#include "run/engine.h"
#include "run/meter.h"
#include "stream/input.h"
#include "stream/reorder.h"
#include "stream/writer.h"
#include "text/json_merge.h"
#include "text/json_string.h"

/* The tutorial's semaphore: what `auto` means until the limit adapts. */
#define AUTO_JOBS 5

/* Results that may wait for a slow reader before no new records are taken. */
#define OUTPUT_BACKLOG_BYTES ((size_t)1 << 20)

/* How far ahead of the oldest record in flight --keep-order reads, in jobs. */
#define WINDOW_JOBS 4

#define DEFAULT_URL "https://generativelanguage.googleapis.com"

struct options {
	const char *model, *base_url, *api_version, *key_file, *ca_file;
	struct cli_list headers;
	const char *system, *config, *body;
	const char *jobs;
	double rate;
	int64_t delay_ms, connect_timeout_ms, timeout_ms, max_wait_ms, drain_ms;
	int64_t retry, retry_ambiguous, window;
	bool keep_order, raw, quiet;
	int emit;
};

#define AT(member) offsetof(struct options, member)

static const struct cli_option table[] = {
    {NULL, 0, CLI_SECTION, 0, NULL, "Where"},
    {"model", 'm', CLI_TEXT, AT(model), "NAME", "the model (GEM_MODEL, or gemini-flash-latest)"},
    {"base-url", 0, CLI_TEXT, AT(base_url), "URL",
	"the server (GOOGLE_GEMINI_BASE_URL, or Google's)"},
    {"api-version", 0, CLI_TEXT, AT(api_version), "V", "the version in the path (v1beta)"},
    {"header", 'H', CLI_LIST, AT(headers), "'N: V'|@FILE", "send this header too; again for more"},
    {"key-file", 0, CLI_TEXT, AT(key_file), "FILE",
	"the key (else GEMINI_API_KEY, GOOGLE_API_KEY)"},
    {"cacert", 0, CLI_TEXT, AT(ca_file), "FILE", "trust the certificates in this PEM file"},
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
    {"max-wait", 0, CLI_DURATION, AT(max_wait_ms), "DUR",
	"stop if the server asks to wait longer (5m)"},
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
	struct buf headers; /* the lines of @FILE, NUL-separated */
	struct cli_list header_lines;
	struct http_config http;
	struct input input;
	struct writer writer;
	struct reorder reorder;
	struct buf line; /* the result under construction */
	struct meter meter;
	uint64_t next_seq;
	unsigned interrupts;
	int signal_fd;
	int signal; /* the first that came */
	bool keyless, replaced_warned, model_warned;
};

static const char *
first_set(const char *option, const char *variable, const char *otherwise)
{
	const char *value = option ? option : getenv(variable);

	return value && *value ? value : otherwise;
}

/* ---- the run's defaults ---- */

/* Reads the object of --config or --body; exits 2 when it is none. */
static struct json_value
object_option(const char *name, const char *value, struct buf *text)
{
	struct json_value whole;
	struct json_error error;

	cli_text_or_file(name, value, text);
	if (json_scan(text->data, text->len, NULL, 0, NULL, &whole, &error))
		cli_die(STATUS_TROUBLE, "option '--%s': not JSON: %s at byte %zu", name,
		    error.reason, error.offset);
	if (whole.kind != JSON_OBJECT)
		cli_die(STATUS_TROUBLE, "option '--%s': a JSON object is needed, not %s", name,
		    json_kind_name(whole.kind));
	return whole;
}

static void
set_system(struct gem_call *g, struct buf *patch)
{
	struct buf text = {0};

	cli_text_or_file("system", g->o.system, &text);
	json_name(patch, "systemInstruction");
	buf_str(patch, "{\"parts\":[{\"text\":");
	json_quote(patch, buf_view(&text));
	buf_str(patch, "}]}");
	buf_free(&text);
}

/* The object that every request starts from: --system and --config, with --body merged in. */
static void
set_defaults(struct gem_call *g)
{
	struct buf patch = {0}, text = {0}, body = {0};
	struct json_value target, value;

	g->defaults.model = first_set(g->o.model, "GEM_MODEL", "gemini-flash-latest");
	g->defaults.version = g->o.api_version;
	if (!api_model_is_sane(slice_of(g->defaults.model)))
		cli_die(STATUS_TROUBLE, "model '%s' has a character that no model has",
		    g->defaults.model);
	if (!api_model_is_sane(slice_of(g->defaults.version)))
		cli_die(
		    STATUS_TROUBLE, "api version '%s' is none such as v1beta", g->defaults.version);
	buf_char(&patch, '{');
	if (g->o.system)
		set_system(g, &patch);
	if (g->o.config) {
		value = object_option("config", g->o.config, &text);
		json_name(&patch, "generationConfig");
		buf_add(&patch, value.p, value.n);
	}
	buf_char(&patch, '}');
	if (g->o.body) {
		target = (struct json_value){patch.data, patch.len, JSON_OBJECT, 0};
		value = object_option("body", g->o.body, &body);
		json_merge(&g->defaults.patch, &target, &value);
	} else if (patch.len > 2) {
		buf_swap(&g->defaults.patch, &patch);
	}
	buf_free(&patch);
	buf_free(&text);
	buf_free(&body);
}

/* ---- where to ---- */

static void
add_header(struct gem_call *g, const char *line)
{
	const char *colon = strchr(line, ':');

	if (!colon || colon == line || strpbrk(line, "\r\n"))
		cli_die(STATUS_TROUBLE, "option '--header': 'Name: value' is needed");
	g->header_lines.items = mem_resize(
	    g->header_lines.items, g->header_lines.count + 1, sizeof(char *));
	g->header_lines.items[g->header_lines.count++] = line;
}

/* Headers that hold a token come from a file, one a line, so that they are in no process list. */
static void
set_headers(struct gem_call *g)
{
	char *line, *rest;

	for (size_t i = 0; i < g->o.headers.count; i++) {
		if (g->o.headers.items[i][0] != '@') {
			add_header(g, g->o.headers.items[i]);
			continue;
		}
		if (g->headers.len)
			cli_die(STATUS_TROUBLE, "option '--header': one @FILE is taken");
		cli_text_or_file("header", g->o.headers.items[i], &g->headers);
		for (rest = g->headers.data; (line = strsep(&rest, "\n"));) {
			if (*line)
				add_header(g, line);
		}
	}
}

static void
set_target(struct gem_call *g)
{
	static const char *const variables[] = {"GEMINI_API_KEY", "GOOGLE_API_KEY", NULL};
	const char *url = first_set(g->o.base_url, "GOOGLE_GEMINI_BASE_URL", DEFAULT_URL);
	struct buf error = {0};
	const char *reason;
	bool loopback;

	if (secret_load(&g->secret, g->o.key_file, variables, &error))
		cli_die(STATUS_TROUBLE, "%s", error.data);
	if (http_check_url(url, &g->base_url, &loopback, &reason))
		cli_die(STATUS_TROUBLE, "base URL '%s': %s", url, reason);
	set_headers(g);
	g->http = (struct http_config){.base_url = g->base_url.data,
	    .key_header = api_gemini.key_header,
	    .key = g->secret.key,
	    .headers = g->header_lines.items,
	    .header_count = g->header_lines.count,
	    .ca_file = g->o.ca_file,
	    .user_agent = "gem-call/0.1.0",
	    .connect_timeout_ms = g->o.connect_timeout_ms,
	    .timeout_ms = g->o.timeout_ms};
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
	    (num_count(g->o.jobs, &jobs) || jobs < 1 || jobs > 10000))
		cli_die(STATUS_TROUBLE, "option '--jobs': '%s' is neither auto nor 1 to 10000",
		    g->o.jobs);
	g->jobs = (size_t)jobs;
	if (!g->o.window)
		g->o.window = jobs * WINDOW_JOBS;
	if (g->o.raw && g->o.emit != EMIT_NATIVE)
		cli_die(
		    STATUS_TROUBLE, "option '--raw-output' prints text: it goes with no --emit");
}

/* ---- the engine's port ---- */

static void
report_file(const char *name, const char *reason)
{
	cli_warn("%s: %s", name, reason);
}

static void
report_problem(
    const struct gem_call *g, const struct reader_record *at, const char *reason, size_t column)
{
	const char *name = input_name(&g->input);

	if (column)
		cli_warn("%s:%llu:%zu: %s", name, (unsigned long long)at->line, column, reason);
	else
		cli_warn("%s:%llu: %s", name, (unsigned long long)at->line, reason);
}

static enum pulled
pull(void *context, struct task *t)
{
	struct gem_call *g = context;
	struct reader_record line;
	enum reader_status status = g->keyless ? READER_END : input_next(&g->input, &line);

	if (status == READER_MORE)
		return PULLED_NOTHING;
	if (status == READER_END)
		return PULLED_END;
	if (!g->secret.key) {
		g->keyless = true;
		return PULLED_END;
	}
	t->record.seq = g->next_seq++;
	record_parse(&t->record, line.p, status == READER_TOO_LONG ? 0 : line.n);
	if (status == READER_TOO_LONG)
		t->record.problem = "the record is longer than its ceiling of 64 MiB";
	if (t->record.problem)
		report_problem(g, &line, t->record.problem, t->record.column);
	if (t->record.replaces && !g->replaced_warned) {
		g->replaced_warned = true;
		cli_warn("records have a response, success, error or call already: replaced");
	}
	return PULLED_RECORD;
}

static int
get_input_fd(void *context)
{
	return input_fd(&((struct gem_call *)context)->input);
}

static void
fill(void *context)
{
	input_fill(&((struct gem_call *)context)->input);
}

/* -r: the text of an answer, or one line on stderr. */
static void
write_raw(struct gem_call *g, const struct task *t)
{
	struct slice id = {t->record.id.p, t->record.id.n};

	if (t->facts.class == CLASS_OK)
		json_unescape(&g->line, buf_view(&t->answer.text));
	else if (!t->record.problem)
		cli_warn("record %llu%s%.*s: %s: %s", (unsigned long long)t->record.seq + 1,
		    id.n ? " " : "", (int)id.n, id.p ? id.p : "", class_name(t->facts.class),
		    t->answer.message.data);
}

static void
put_line(struct gem_call *g, struct slice line)
{
	if (g->o.raw && !line.n)
		return;
	buf_slice(&g->writer.bytes, line);
	writer_end_record(&g->writer);
}

static void
warn_of_model(struct gem_call *g, const struct task *t)
{
	struct slice asked = buf_view(&t->request.model), used = t->answer.model;

	/* "-latest" names no model: the server chooses */
	if (g->model_warned || !used.n || slice_equal(asked, used) || slice_find(asked, "-latest"))
		return;
	g->model_warned = true;
	cli_warn("model %.*s was asked for, %.*s has answered", (int)asked.n, asked.p, (int)used.n,
	    used.p);
}

static void
emit(void *context, struct task *t)
{
	struct gem_call *g = context;
	struct slice line;

	secret_redact(&g->secret, &t->answer.message);
	warn_of_model(g, t);
	meter_add(&g->meter, &t->answer, &t->facts);
	buf_reset(&g->line);
	if (g->o.raw)
		write_raw(g, t);
	else
		result_write(&g->line, (enum emit)g->o.emit, &t->record, &t->answer, &t->facts);
	if (!g->o.keep_order) {
		put_line(g, buf_view(&g->line));
		return;
	}
	reorder_put(&g->reorder, t->record.seq, buf_view(&g->line));
	while (reorder_next(&g->reorder, &line))
		put_line(g, line);
}

static bool
room(void *context)
{
	struct gem_call *g = context;

	if (g->o.keep_order && g->next_seq >= g->reorder.next + (uint64_t)g->o.window)
		return false;
	return writer_pending(&g->writer) < OUTPUT_BACKLOG_BYTES;
}

static int
flush(void *context)
{
	return writer_try(&((struct gem_call *)context)->writer);
}

static int
output_fd(void *context)
{
	const struct writer *w = &((struct gem_call *)context)->writer;

	return w->contended ? -1 : w->fd;
}

static unsigned
interrupts(void *context)
{
	struct gem_call *g = context;
	struct signalfd_siginfo info;

	while (read(g->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		if (!g->interrupts++)
			g->signal = (int)info.ssi_signo;
	}
	return g->interrupts;
}

/* INT, TERM and HUP arrive as a readable descriptor; one that the parent has ignored stays so. */
static int
open_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction old;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static _Noreturn void
die_by(int number)
{
	sigset_t set;

	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(STATUS_SIGNAL + number);
}

/* ---- the end ---- */

static void
say_end(const struct gem_call *g, const struct engine_report *r, int64_t elapsed_ms)
{
	struct buf line = {0};

	if (g->o.quiet || !r->pulled)
		return;
	meter_line(&g->meter, elapsed_ms, &line);
	cli_say("%s", line.data);
	buf_free(&line);
}

static int
explain(const struct gem_call *g, const struct engine_report *r)
{
	const char *why = r->why.data ? r->why.data : "";
	const char
	    *rest = "; the rest of the input was not attempted, the same command would start over";

	switch (r->end) {
	case ENGINE_COMPLETE: return r->succeeded == r->emitted ? STATUS_OK : STATUS_FAILED;
	case ENGINE_INTERRUPTED: return STATUS_SIGNAL + g->signal;
	case ENGINE_QUOTA:
		cli_warn(
		    "stopped by a quota that waiting does not refill (daily ones reset at midnight "
		    "Pacific time): %s%s",
		    why, rest);
		return STATUS_STOPPED;
	case ENGINE_WAIT_TOO_LONG:
		cli_warn(
		    "stopped: the server wants a longer wait than --max-wait: %s%s", why, rest);
		return STATUS_STOPPED;
	case ENGINE_KEY_LOST:
		cli_warn("stopped: the key is refused now: %s%s", why, rest);
		return STATUS_STOPPED;
	case ENGINE_REFUSED:
		cli_warn("refused by %s: %s", g->base_url.data, why);
		return STATUS_REFUSED;
	case ENGINE_OUTPUT_GONE:
		if (g->writer.error != EPIPE)
			cli_warn("output: %s", strerror(g->writer.error));
		return g->writer.error == EPIPE ? STATUS_SIGNAL + SIGPIPE : STATUS_TROUBLE;
	}
	return STATUS_TROUBLE;
}

/* What -k still holds when a stopped run has left gaps. */
static void
put_rest(struct gem_call *g)
{
	struct slice line;

	while (reorder_skip_gap(&g->reorder)) {
		while (reorder_next(&g->reorder, &line))
			put_line(g, line);
	}
}

static int
finish(struct gem_call *g, struct engine_report *r, int64_t elapsed_ms)
{
	int status;

	put_rest(g);
	if (writer_close(&g->writer) && r->end != ENGINE_OUTPUT_GONE)
		r->end = ENGINE_OUTPUT_GONE;
	secret_redact(&g->secret, &r->why);
	status = explain(g, r);
	if (r->end != ENGINE_OUTPUT_GONE)
		say_end(g, r, elapsed_ms);
	if (g->input.trouble && status < STATUS_SIGNAL)
		status = STATUS_TROUBLE;
	buf_free(&r->why);
	return status;
}

static int
run(struct gem_call *g)
{
	struct engine_port port = {
	    g, pull, get_input_fd, fill, emit, room, flush, output_fd, g->signal_fd, interrupts};
	struct engine_config config = {.api = &api_gemini,
	    .defaults = &g->defaults,
	    .origin = g->base_url.data,
	    .retry = (unsigned)g->o.retry,
	    .retry_ambiguous = (unsigned)g->o.retry_ambiguous,
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
	if (g->keyless)
		die_keyless();
	return finish(g, &report, clock_ms() - start);
}

int
main(int argc, char **argv)
{
	struct gem_call g = {.o = {.api_version = "v1beta",
				 .jobs = "auto",
				 .connect_timeout_ms = 10000,
				 .timeout_ms = 300000,
				 .max_wait_ms = 300000,
				 .drain_ms = 30000,
				 .retry = 5,
				 .retry_ambiguous = 1}};
	struct cli_program program = {"gem-call", "[FILE...]",
	    "Reads request records, calls the Gemini API for each, writes result records.",
	    http_library(), table};
	int first, status;

	cli_start();
	first = cli_parse(&program, &g.o, argc, argv);
	set_jobs(&g);
	set_defaults(&g);
	set_target(&g);
	input_init(&g.input, READER_LINE, argv + first, (size_t)(argc - first), report_file);
	if (argc == first && isatty(STDIN_FILENO)) {
		if (!g.secret.key)
			die_keyless();
		cli_hint_terminal(STDIN_FILENO);
	}
	writer_init(&g.writer, STDOUT_FILENO);
	if (g.writer.error)
		cli_die(STATUS_TROUBLE, "output: %s", strerror(g.writer.error));
	g.signal_fd = open_signals();
	status = run(&g);
	secret_free(&g.secret);
	if (status > STATUS_SIGNAL)
		die_by(status - STATUS_SIGNAL);
	return status;
}
