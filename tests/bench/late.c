// SPDX-License-Identifier: MIT
/*
 * late DELAY_MS: a server that takes so long for every answer, and nothing else.
 *
 * For the measuring of clients: one thread, one epoll, and as little work per call as can be, so
 * that the client is what is slow. The delay is the same for all, hence answers fall due in the
 * order of their requests: a queue is all the timer that it takes. Prints its port when it
 * listens on loopback. Each request gets the same Gemini answer, and waits for it alone on its
 * connection. GET /stats is answered at once, with the connections and requests since the last
 * GET /stats; SIGTERM prints the same and ends. Ends with its parent, too.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "message.h"

#define EVENTS 512
#define READ_BYTES 4096
#define REQUEST_MAX ((size_t)1 << 20) /* the bench's are below 1 KB */

struct connection {
	int fd; /* -1: closed while its answer was in the queue */
	bool waiting;
	int64_t due_us;
	struct buf in;
	struct connection *next; /* in the queue, or among the unused */
};

struct server {
	int epoll, listener;
	int64_t delay_us;
	uint64_t connections, requests;
	struct connection *first, **last; /* whose answers are to come, the earliest first */
	struct connection *unused;
	struct buf answer;
};

static volatile sig_atomic_t ended;

static void
end(int number)
{
	ended = number;
}

/* 640 bytes, as a short answer of the API has them. */
static const char answer_body[] =
    "{\n  \"candidates\": [\n    {\n      \"content\": {\n        \"parts\": [\n          {\n"
    "            \"text\": \"The quick brown fox jumps over the lazy dog near the bank of the "
    "river.\"\n          }\n        ],\n        \"role\": \"model\"\n      },\n"
    "      \"finishReason\": \"STOP\",\n      \"index\": 0\n    }\n  ],\n"
    "  \"usageMetadata\": {\n    \"promptTokenCount\": 42,\n    \"candidatesTokenCount\": 17,\n"
    "    \"totalTokenCount\": 59,\n    \"promptTokensDetails\": [\n      {\n"
    "        \"modality\": \"TEXT\",\n        \"tokenCount\": 42\n      }\n    ]\n  },\n"
    "  \"modelVersion\": \"gemini-3.8-flash\",\n  \"responseId\": \"x5KWaM2dLqKvxN8P4ZyK8Ak\"\n}\n";

static void
head(struct buf *out, size_t bytes)
{
	buf_str(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n");
	buf_printf(out, "Content-Length: %zu\r\n\r\n", bytes);
}

static void
give_back(struct server *s, struct connection *c)
{
	c->next = s->unused;
	s->unused = c;
}

/* One whose answer is in the queue stays there until that is due. */
static void
drop(struct server *s, struct connection *c)
{
	close(c->fd);
	c->fd = -1;
	if (!c->waiting)
		give_back(s, c);
}

/* The answers fit into an empty socket buffer, so that what does not fit is a lost client. */
static void
put(struct server *s, struct connection *c, const struct buf *bytes)
{
	if (send(c->fd, bytes->data, bytes->len, MSG_NOSIGNAL) != (ssize_t)bytes->len)
		drop(s, c);
}

/* The connection that asks does not count. */
static void
put_stats(struct server *s, struct connection *c)
{
	struct buf text = {0}, all = {0};

	buf_printf(&text, "%ju %ju\n", s->connections - 1, s->requests);
	head(&all, text.len);
	buf_slice(&all, buf_view(&text));
	s->connections = s->requests = 0;
	put(s, c, &all);
	buf_free(&text);
	buf_free(&all);
}

static void
answer_later(struct server *s, struct connection *c)
{
	c->waiting = true;
	c->due_us = clock_us() + s->delay_us;
	c->next = NULL;
	*s->last = c;
	s->last = &c->next;
}

static void
handle(struct server *s, struct connection *c)
{
	size_t bytes;

	while (c->fd >= 0 && !c->waiting && (bytes = message_bytes(buf_view(&c->in)))) {
		bool stats = slice_starts(buf_view(&c->in), "GET /stats");

		buf_drop(&c->in, bytes);
		s->requests += !stats;
		if (stats)
			put_stats(s, c);
		else if (s->delay_us)
			answer_later(s, c);
		else
			put(s, c, &s->answer);
	}
}

static void
answer_due(struct server *s)
{
	int64_t now = s->first ? clock_us() : 0;

	while (s->first && s->first->due_us <= now) {
		struct connection *c = s->first;

		s->first = c->next;
		if (!s->first)
			s->last = &s->first;
		c->waiting = false;
		if (c->fd < 0) {
			give_back(s, c);
			continue;
		}
		put(s, c, &s->answer);
		handle(s, c);
	}
}

static void
take(struct server *s, struct connection *c)
{
	char *room = buf_room(&c->in, READ_BYTES);
	ssize_t n = room ? recv(c->fd, room, READ_BYTES, 0) : 0;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		drop(s, c);
		return;
	}
	c->in.len += (size_t)n;
	handle(s, c);
}

static struct connection *
new_connection(struct server *s)
{
	struct connection *c = s->unused;

	if (!c) {
		c = mem_zero(1, sizeof *c);
		c->in.max = REQUEST_MAX;
		return c;
	}
	s->unused = c->next;
	buf_reset(&c->in);
	return c;
}

static void
accept_all(struct server *s)
{
	int fd;

	while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct connection *c = new_connection(s);
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

		c->fd = fd;
		s->connections++;
		if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event))
			drop(s, c);
	}
}

/* Until something happens, the first answer is due, or the end comes, which comes only here. */
static void
turn(struct server *s, const sigset_t *during)
{
	struct epoll_event events[EVENTS];
	int64_t left = s->first ? s->first->due_us - clock_us() : 0;
	struct timespec timeout = {0};
	int n;

	if (left > 0)
		timeout = (struct timespec){left / 1000000, left % 1000000 * 1000};
	n = epoll_pwait2(s->epoll, events, EVENTS, s->first ? &timeout : NULL, during);
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr)
			take(s, events[i].data.ptr);
		else
			accept_all(s);
	}
	answer_due(s);
}

/* Returns the port. */
static unsigned
open_listener(struct server *s)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof address;
	struct epoll_event event = {.events = EPOLLIN};

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->epoll < 0 || s->listener < 0 ||
	    bind(s->listener, (struct sockaddr *)&address, bytes) ||
	    listen(s->listener, SOMAXCONN) ||
	    getsockname(s->listener, (struct sockaddr *)&address, &bytes) ||
	    epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &event)) {
		perror("late");
		exit(2);
	}
	return ntohs(address.sin_port);
}

int
main(int argc, char **argv)
{
	struct server s = {.last = &s.first};
	struct sigaction action = {.sa_handler = end};
	sigset_t before, terminate;

	if (argc != 2) {
		fputs("usage: late DELAY_MS\n", stderr);
		return 2;
	}
	s.delay_us = strtoll(argv[1], NULL, 10) * 1000;
	head(&s.answer, sizeof answer_body - 1);
	buf_str(&s.answer, answer_body);
	sigemptyset(&terminate);
	sigaddset(&terminate, SIGTERM);
	sigprocmask(SIG_BLOCK, &terminate, &before);
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	printf("%u\n", open_listener(&s));
	fflush(stdout);
	while (!ended)
		turn(&s, &before);
	printf("%ju %ju\n", s.connections, s.requests);
	return 0;
}
