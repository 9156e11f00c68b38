// SPDX-License-Identifier: MIT
/*
 * gem-sim: a Gemini API on loopback, for demos, tests and learning.
 *
 * Options, the child process and the loop; what is answered is decided in
 * lib/sim. With a COMMAND it serves until the command ends, and ends as the
 * command did; without one until INT or TERM.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cli.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/signals.h"
#include "sim/server.h"

struct values {
	struct sim_options sim;
	int64_t port;
	const char *latency;
	const char *slots_at;
	const char *queue;
	const char *error_rate;
	const char *outage;
};

#define AT(member) offsetof(struct values, member)

/* Three of it are a factor of e^15: beyond any service. */
#define SIGMA_MAX 5.0

static const struct cli_option options[] = {
    {NULL, 0, CLI_SECTION, 0, NULL, "Where"},
    {"port", 0, CLI_COUNT, AT(port), "N",
	"listen there on 127.0.0.1; 0, the default: any free port"},
    {"key", 0, CLI_TEXT, AT(sim.key), "K", "accept only this key; else any that is not empty"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Service time"},
    {"latency", 0, CLI_TEXT, AT(latency), "MS[,SIGMA]",
	"log-normal around MS milliseconds (default 0,0)"},
    {"slots", 0, CLI_COUNT, AT(sim.slots), "N",
	"serve so many at once, others wait; 0, the default: all"},
    {"slots-at", 0, CLI_TEXT, AT(slots_at), "TIME,N", "have N slots from TIME after the start on"},
    {"queue", 0, CLI_TEXT, AT(queue), "N[,STATUS]",
	"let so many wait for a slot, others get STATUS, 503 (default all)"},
    {"seed", 0, CLI_COUNT, AT(sim.seed), "N", "the seed of all that is drawn by lot (0)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Quotas, of each key and model; beyond them 429"},
    {"rpm", 0, CLI_COUNT, AT(sim.rpm), "N", "requests a minute; 0, the default: no limit"},
    {"tpm", 0, CLI_COUNT, AT(sim.tpm), "N", "input tokens a minute"},
    {"rpd", 0, CLI_COUNT, AT(sim.rpd), "N", "requests a day"},
    {"burst", 0, CLI_COUNT, AT(sim.burst), "N",
	"requests at once after a pause (default: those of --rpm)"},
    {"no-hint", 0, CLI_FLAG, AT(sim.no_hint), NULL,
	"say neither which quota nor when to come back"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Failures"},
    {"error-rate", 0, CLI_TEXT, AT(error_rate), "P[,STATUS]",
	"fail with probability P (default STATUS 503)"},
    {"outage", 0, CLI_TEXT, AT(outage), "FROM,TO",
	"503 to all between these times after the start, as 2s,5s"},
    {NULL, 0, CLI_SECTION, 0, NULL, NULL},
};

/* An option that does nothing without another one is a mistake. */
static void
check_options(const struct sim_options *o)
{
	if (o->burst && !o->rpm)
		cli_die(STATUS_TROUBLE, "option '--burst' goes with --rpm");
	if (o->later_slots && !o->slots)
		cli_die(STATUS_TROUBLE, "option '--slots-at' goes with --slots");
	if (o->queue >= 0 && !o->slots)
		cli_die(STATUS_TROUBLE, "option '--queue' goes with --slots");
	if (o->no_hint && !o->rpm && !o->tpm && !o->rpd)
		cli_die(STATUS_TROUBLE, "option '--no-hint' goes with --rpm, --tpm or --rpd");
	if (o->sigma > SIGMA_MAX)
		cli_die(STATUS_TROUBLE, "option '--latency': SIGMA is at most %g", SIGMA_MAX);
}

/* Reads what is before and after a comma; the second is empty when it is missing. */
static void
read_pair(const char *name, const char *text,
    int (*read)(const char *, const char *, struct sim_options *), struct sim_options *o)
{
	struct buf first = {0};
	const char *second;

	if (!text)
		return;
	second = text + strcspn(text, ",");
	buf_add(&first, text, (size_t)(second - text));
	if ((*second == ',' && !*++second) || read(first.data, second, o))
		cli_die(STATUS_TROUBLE,
		    "option '--%s': '%s' is not understood (try 'gem-sim --help')", name, text);
	buf_free(&first);
}

static int
read_latency(const char *first, const char *second, struct sim_options *o)
{
	return num_real(first, &o->latency_ms) || (*second && num_real(second, &o->sigma)) ? -1 : 0;
}

/* That of an error; 503 when `text` is empty. */
static int
read_status(const char *text, int *out)
{
	int64_t status = 503;

	if (*text && num_count(text, &status))
		return -1;
	*out = (int)status;
	return status >= 400 && status <= 599 ? 0 : -1;
}

static int
read_slots_at(const char *first, const char *second, struct sim_options *o)
{
	if (num_duration_ms(first, &o->later_ms) || num_count(second, &o->later_slots))
		return -1;
	return o->later_slots ? 0 : -1;
}

static int
read_queue(const char *first, const char *second, struct sim_options *o)
{
	return num_count(first, &o->queue) ? -1 : read_status(second, &o->queue_status);
}

static int
read_error_rate(const char *first, const char *second, struct sim_options *o)
{
	if (num_real(first, &o->error_rate) || o->error_rate > 1)
		return -1;
	return read_status(second, &o->error_status);
}

static int
read_outage(const char *first, const char *second, struct sim_options *o)
{
	if (num_duration_ms(first, &o->outage_from_ms))
		return -1;
	return num_duration_ms(second, &o->outage_to_ms) || o->outage_to_ms <= o->outage_from_ms
		   ? -1
		   : 0;
}

static void
read_values(struct values *v)
{
	read_pair("latency", v->latency, read_latency, &v->sim);
	read_pair("slots-at", v->slots_at, read_slots_at, &v->sim);
	read_pair("queue", v->queue, read_queue, &v->sim);
	read_pair("error-rate", v->error_rate, read_error_rate, &v->sim);
	read_pair("outage", v->outage, read_outage, &v->sim);
	check_options(&v->sim);
	if (v->port > UINT16_MAX)
		cli_die(STATUS_TROUBLE, "option '--port': there is no port %" PRId64, v->port);
}

static char *
url_of(const struct sim_server *server, const char *path)
{
	struct buf url = {0};

	buf_printf(&url, "http://127.0.0.1:%d%s", sim_server_port(server), path);
	return buf_take(&url);
}

/* Every variable that names a Gemini or OpenAI service or key now means the simulator. */
static void
set_environment(const struct sim_server *server, const char *key)
{
	static const struct {
		const char *name, *path;
	} urls[] = {{"GOOGLE_GEMINI_BASE_URL", ""}, {"GEMINI_BASE_URL", ""},
	    {"OPENAI_BASE_URL", "/v1beta/openai"}, {"OPENAI_API_BASE", "/v1beta/openai"}};

	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		setenv(urls[i].name, url_of(server, urls[i].path), 1); /* exec forgets them */
	setenv("GEMINI_API_KEY", key ? key : "dummy", 1);
	setenv("OPENAI_API_KEY", key ? key : "dummy", 1);
	unsetenv("GOOGLE_API_KEY"); /* the SDKs would prefer it */
	unsetenv("GOOGLE_GENAI_USE_VERTEXAI");
}

/* The state that the child must not inherit, as it was when we started. */
struct inherited {
	sigset_t signals;
	struct rlimit files;
};

/* Takes the signals by descriptor, and all the descriptors that we may have. */
static int
prepare(struct inherited *was)
{
	struct rlimit most;

	getrlimit(RLIMIT_NOFILE, &was->files);
	most = (struct rlimit){was->files.rlim_max, was->files.rlim_max};
	setrlimit(RLIMIT_NOFILE, &most);
	signal(SIGCHLD, SIG_DFL); /* where it is ignored, a child leaves no status */
	sigprocmask(SIG_BLOCK, NULL, &was->signals);
	return signals_open(SIGCHLD);
}

static pid_t
start(char **command, const struct inherited *was, const struct sim_server *server, const char *key)
{
	pid_t child = fork();

	if (child < 0)
		cli_die(STATUS_TROUBLE, "cannot start '%s': %s", command[0], strerror(errno));
	if (child > 0)
		return child;
	setrlimit(RLIMIT_NOFILE, &was->files);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, &was->signals, NULL);
	set_environment(server, key);
	execvp(command[0], command);
	cli_warn("cannot run '%s': %s", command[0], strerror(errno));
	_exit(STATUS_TROUBLE);
}

/* The exit status of our child if it has ended, else -1. */
static int
child_status(pid_t child)
{
	int status;

	if (waitpid(child, &status, WNOHANG) != child)
		return -1;
	return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * What the signals that came mean: an exit status, or -1 to go on. One that
 * was typed has reached the child too; one that was sent to us is passed on.
 */
static int
read_signals(int fd, pid_t child)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
		int status = child ? child_status(child) : -1;

		if (status >= 0)
			return status;
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (!child)
			return STATUS_OK;
		if (info.ssi_code != SI_KERNEL)
			kill(child, (int)info.ssi_signo);
	}
	return -1;
}

static int
serve(struct sim_server *server, int signals, pid_t child)
{
	struct pollfd fds[] = {{sim_server_fd(server), POLLIN, 0}, {signals, POLLIN, 0}};

	for (;;) {
		int status;

		poll(fds, 2, sim_server_wait_ms(server, clock_ms()));
		status = fds[1].revents ? read_signals(signals, child) : -1;
		if (status >= 0)
			return status;
		sim_server_run(server, clock_ms());
	}
}

static void
print_url(const struct sim_server *server)
{
	char *url = url_of(server, "\n");
	size_t n = strlen(url);

	if (write(STDOUT_FILENO, url, n) != (ssize_t)n)
		cli_die(STATUS_TROUBLE, "cannot write to standard output: %s", strerror(errno));
	free(url);
}

int
main(int argc, char **argv)
{
	struct values v = {.sim = {.queue = -1}};
	struct cli_program program = {"gem-sim", "[-- COMMAND...]",
	    "A simulated Gemini API on loopback; what it answers is marked [simulated].", NULL,
	    options};
	struct inherited was;
	struct sim_server *server;
	struct buf libraries = {0};
	struct sim sim;
	pid_t child = 0;
	int first, signals, status;

	cli_start();
	buf_printf(&libraries, "libmicrohttpd %s", sim_server_library());
	program.libraries = libraries.data;
	first = cli_parse(&program, &v, argc, argv);
	read_values(&v);
	signals = prepare(&was);
	sim_init(&sim, &v.sim, clock_ms());
	server = sim_server_new(&sim, (uint16_t)v.port);
	if (!server)
		cli_die(STATUS_TROUBLE, "cannot listen on 127.0.0.1 port %" PRId64 ": %s", v.port,
		    strerror(errno));
	if (first < argc)
		child = start(argv + first, &was, server, v.sim.key);
	else
		print_url(server);
	status = serve(server, signals, child);
	sim_server_free(server);
	sim_free(&sim);
	buf_free(&libraries);
	return status;
}
