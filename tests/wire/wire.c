// SPDX-License-Identifier: MIT
/*
 * wire: plays exact bytes to a command's requests, for the answers that no sane server gives.
 *
 *     wire --count seen '[503 Retry-After: 0][body]' '[ok]' -- gem-call prompts
 *
 * The n-th request gets the n-th REPLY (script.h has its language), the last one repeats.
 * The command finds the server in GOOGLE_GEMINI_BASE_URL, a key in GEMINI_API_KEY, and with
 * TLS the authority to trust in WIRE_CA; its exit status is ours. What the server has seen
 * is in the file of --count, as JSON, when all is over.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cli.h"
#include "base/mem.h"
#include "wire/server.h"
#include "wire/tls.h"

#define KEY "canary-key-of-the-wire-tests"

/* The command is killed when it has not ended by then: no test takes so long. */
#define LIMIT_MS 20000
#define STATUS_GAVE_UP 99

/* Turns that are enough for what the command has sent before it ended: accept, handshake, read. */
#define LAST_TURNS 4

struct values {
	bool tls;
	bool h2;
	bool old;
	int cert;
	const char *count;
	int64_t limit_ms;
};

#define AT(member) offsetof(struct values, member)

static const struct cli_option options[] = {
    {"tls", 0, CLI_FLAG, AT(tls), NULL, "speak HTTP/1.1 over TLS"},
    {"h2", 0, CLI_FLAG, AT(h2), NULL, "speak HTTP/2 over TLS"},
    {"tls1.1", 0, CLI_FLAG, AT(old), NULL, "speak no newer TLS than that"},
    {"cert", 0, CLI_CHOICE, AT(cert), "good|self-signed|wrong-name|expired",
	"show such a certificate (good)"},
    {"count", 0, CLI_TEXT, AT(count), "FILE", "write there what was seen"},
    {"limit", 0, CLI_DURATION, AT(limit_ms), "DUR", "kill the command after that time (20s)"},
    {NULL, 0, CLI_SECTION, 0, NULL, NULL},
};

static const struct cli_program program = {"wire", "REPLY... -- COMMAND...",
    "Plays exact bytes to the requests of a command.", NULL, options};

/* Where the command begins, behind the first "--". */
static int
find_command(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			argv[i] = NULL;
			return i + 1;
		}
	}
	cli_warn("usage: wire [options] REPLY... -- COMMAND...");
	exit(STATUS_TROUBLE);
}

static struct script *
read_scripts(char **replies, size_t count, bool h2)
{
	struct script *scripts = mem_zero(count ? count : 1, sizeof *scripts);
	struct buf reason = {0};

	if (!count)
		cli_die(STATUS_TROUBLE, "no REPLY");
	for (size_t i = 0; i < count; i++) {
		if (script_read(&scripts[i], replies[i], h2, &reason))
			cli_die(STATUS_TROUBLE, "REPLY %zu: %s", i + 1, reason.data);
	}
	return scripts;
}

static void
set_environment(const struct server *s, uint16_t port, const char *ca_file)
{
	struct buf url = {0};

	buf_printf(&url, "http%s://127.0.0.1:%u", s->tls ? "s" : "", port);
	setenv("GOOGLE_GEMINI_BASE_URL", url.data, 1);
	setenv("GEMINI_API_KEY", KEY, 1);
	if (ca_file)
		setenv("WIRE_CA", ca_file, 1);
	else
		unsetenv("WIRE_CA");
	buf_free(&url);
}

static pid_t
start(char **command, const sigset_t *signals)
{
	pid_t child = fork();

	if (child < 0)
		cli_die(STATUS_TROUBLE, "cannot start '%s': %s", command[0], strerror(errno));
	if (child > 0)
		return child;
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, signals, NULL);
	execvp(command[0], command);
	cli_warn("cannot run '%s': %s", command[0], strerror(errno));
	_exit(STATUS_TROUBLE);
}

static int
exit_status(int status)
{
	return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Until the command ends, or its time. */
static int
serve(struct server *s, int signals, pid_t child, int64_t limit_ms)
{
	int64_t deadline = clock_ms() + limit_ms;
	struct signalfd_siginfo info;
	int status;

	while (clock_ms() < deadline) {
		if (!server_turn(s, signals, deadline) ||
		    read(signals, &info, sizeof info) != (ssize_t)sizeof info)
			continue;
		if (info.ssi_signo != SIGCHLD) {
			kill(child, (int)info.ssi_signo);
			continue;
		}
		if (waitpid(child, &status, WNOHANG) == child)
			return exit_status(status);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	cli_warn("the command took longer than %" PRId64 " ms", limit_ms);
	return STATUS_GAVE_UP;
}

static void
report(const char *name, const struct counts *c)
{
	FILE *file = name ? fopen(name, "w") : NULL;

	if (!name)
		return;
	if (!file)
		cli_die(STATUS_TROUBLE, "cannot write '%s': %s", name, strerror(errno));
	fprintf(file,
	    "{\"connections\":%u,\"handshakes\":%u,\"requests\":%u,\"reused\":%u,"
	    "\"cookies\":%u,\"keys\":%u}\n",
	    c->connections, c->handshakes, c->requests, c->reused, c->cookies, c->keys);
	if (fclose(file))
		cli_die(STATUS_TROUBLE, "cannot write '%s': %s", name, strerror(errno));
}

static int
block_signals(sigset_t *before)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ours, before);
	return signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int
play(struct server *s, const struct values *v, char **command, const char *ca_file)
{
	sigset_t before;
	uint16_t port;
	int signals = block_signals(&before), status;

	if (server_listen(s, &port))
		cli_die(STATUS_TROUBLE, "cannot listen: %s", strerror(errno));
	set_environment(s, port, ca_file);
	status = serve(s, signals, start(command, &before), v->limit_ms);
	for (int i = 0; i < LAST_TURNS; i++)
		server_turn(s, -1, 0);
	report(v->count, &s->counts);
	return status;
}

int
main(int argc, char **argv)
{
	struct values v = {.limit_ms = LIMIT_MS};
	struct server s = {.key = KEY};
	struct script *scripts;
	char *ca_file = NULL;
	int command, first, status;

	cli_start();
	command = find_command(argc, argv);
	first = cli_parse(&program, &v, command - 1, argv);
	s.script_count = (size_t)(command - 1 - first);
	s.h2 = v.h2;
	s.scripts = scripts = read_scripts(argv + first, s.script_count, v.h2);
	if (v.tls || v.h2)
		s.tls = tls_new((enum tls_cert)v.cert, v.h2, v.old, &ca_file);
	status = play(&s, &v, argv + command, ca_file);
	if (ca_file)
		unlink(ca_file);
	free(ca_file);
	server_free(&s);
	for (size_t i = 0; i < s.script_count; i++)
		script_free(&scripts[i]);
	free(scripts);
	return status;
}
