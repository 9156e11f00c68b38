// SPDX-License-Identifier: MIT
/*
 * Thousands of calls wait in one simulator, on real sockets and in this one
 * process: the clients write, the loop turns until all are parked, its clock
 * is set forward, and every client must have its answer.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sim/server.h"
#include "tap.h"

#define CALLS 5000
#define LATENCY_MS 3600000 /* far beyond the real time that this takes */
#define TURNS_MOST 200000

static int
connected(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof to)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
send_text(int fd, const char *text, size_t n)
{
	return send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static int
send_call(uint16_t port, int i)
{
	int fd = connected(port);
	struct buf body = {0}, request = {0};

	buf_printf(&body, "{\"contents\":[{\"parts\":[{\"text\":\"call %d\"}]}]}", i);
	buf_printf(&request,
	    "POST /v1beta/models/gemini-flash-latest:generateContent HTTP/1.1\r\nHost: x\r\n"
	    "X-Goog-Api-Key: k\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
	    body.len, body.data);
	if (fd >= 0 && !send_text(fd, request.data, request.len)) {
		close(fd);
		fd = -1;
	}
	buf_free(&body);
	buf_free(&request);
	return fd;
}

/* Turns the loop at a fixed time until `wanted` calls are in flight. */
static bool
turn_until(struct sim_server *server, const struct sim *sim, int64_t wanted, int64_t now)
{
	for (int i = 0; i < TURNS_MOST && sim->stats.in_flight != wanted; i++)
		sim_server_run(server, now);
	return sim->stats.in_flight == wanted;
}

/* Reads what has come so far; did it end as a whole answer does? */
static bool
has_answer(int fd, int i)
{
	char text[8192], said[64];
	size_t n = 0;
	ssize_t got;

	while (n < sizeof text - 1 &&
	       (got = recv(fd, text + n, sizeof text - 1 - n, MSG_DONTWAIT)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	snprintf(said, sizeof said, "[simulated] call %d\"", i);
	return strstr(text, said) && n > 5 && strcmp(text + n - 5, "0\r\n\r\n") == 0;
}

/* What is read when the end has begun must not wait for an answer any more. */
static void
test_late(const struct sim_options *options)
{
	static const char call[] =
	    "POST /v1beta/models/gemini-flash-latest:generateContent HTTP/1.1\r\nHost: x\r\n"
	    "X-Goog-Api-Key: k\r\nContent-Length: 42\r\n\r\n"
	    "{\"contents\":[{\"parts\":[{\"text\":\"late\"}]}]}";
	struct sim_server *server;
	struct sim sim;
	int fd;

	sim_init(&sim, options, 0);
	server = sim_server_new(&sim, 0);
	fd = connected(sim_server_port(server));
	send_text(fd, call, 1);
	for (int i = 0; i < 100; i++)
		sim_server_run(server, 0);
	ok(send_text(fd, call + 1, sizeof call - 2), "a call arrives at the last moment");
	sim_server_free(server);
	ok(sim.stats.in_flight == 0, "and is dismissed too");
	sim_free(&sim);
	close(fd);
}

int
main(void)
{
	struct sim_options options = {.latency_ms = LATENCY_MS, .queue = -1};
	struct rlimit files;
	struct sim_server *server;
	struct sim sim;
	int calls = CALLS, answers = 0, *fds;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < 2 * CALLS + 100) /* both ends of each connection are ours */
		calls = ((int)files.rlim_cur - 100) / 2;
	fds = mem_zero((size_t)calls, sizeof *fds);
	sim_init(&sim, &options, 0);
	server = sim_server_new(&sim, 0);
	for (int i = 0; i < calls; i++) {
		fds[i] = send_call(sim_server_port(server), i);
		if (i % 100 == 99) /* the backlog is finite */
			turn_until(server, &sim, (int64_t)i + 1, 0);
	}
	ok(turn_until(server, &sim, (int64_t)calls, 0), "%d calls are in flight at once", calls);
	ok(sim_server_wait_ms(server, 0) > 0, "and nothing has to be done for them");

	close(fds[0]);
	ok(turn_until(server, &sim, (int64_t)calls - 1, 0) && sim.stats.cancelled == 1,
	    "a client that leaves is seen while it waits");
	ok(turn_until(server, &sim, 0, LATENCY_MS) && sim.stats.ok == (int64_t)calls - 1,
	    "all the others are answered when they are due");
	for (int i = 1; i < calls; i++) {
		answers += has_answer(fds[i], i);
		close(fds[i]);
	}
	ok(answers == calls - 1, "and each has its own answer");

	for (int i = 0; i < 500; i++)
		fds[i] = send_call(sim_server_port(server), i);
	ok(turn_until(server, &sim, 500, LATENCY_MS), "500 more wait");
	sim_server_free(server);
	ok(sim.stats.in_flight == 0 && sim.stats.cancelled == 501, "and are dismissed at the end");
	sim_free(&sim);
	free(fds);
	test_late(&options);
	return tap_done();
}
