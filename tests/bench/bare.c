// SPDX-License-Identifier: MIT
/*
 * bare PORT IN_FLIGHT CALLS <BODY: what CALLS POSTs to loopback take at the least.
 *
 * A floor for clients: one thread, one epoll, kept connections, each of which sends the next
 * call as soon as it has its answer. The request is the same each time, nothing of an answer is
 * looked at but its status and its end, and what gem-call is for (retries, limits, TLS, results)
 * is not there. Ends with status 1 at the first call that fails.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "message.h"

#define EVENTS 512
#define READ_BYTES 2048
#define BODY_MAX 65536
#define WAIT_MAX_MS 60000 /* a server that is silent for so long is lost */

struct connection {
	int fd;
	bool asked;
	struct buf in;
};

struct client {
	int epoll;
	unsigned long to_send, to_come;
	struct buf request;
};

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "bare: %s: %s\n", what, errno ? strerror(errno) : "not as expected");
	exit(1);
}

static void
build_request(struct client *c)
{
	static char body[BODY_MAX];
	size_t bytes = fread(body, 1, sizeof body, stdin);

	buf_str(
	    &c->request, "POST /v1beta/models/gemini-flash-latest:generateContent HTTP/1.1\r\n");
	buf_str(&c->request, "Host: localhost\r\nContent-Type: application/json\r\n");
	buf_printf(&c->request, "x-goog-api-key: k\r\nContent-Length: %zu\r\n\r\n", bytes);
	buf_add(&c->request, body, bytes);
}

/* The next call, if there is one to be sent. */
static void
ask(struct client *c, struct connection *at)
{
	const struct buf *r = &c->request;

	if (c->to_send == 0)
		return;
	c->to_send--;
	if (send(at->fd, r->data, r->len, MSG_NOSIGNAL) != (ssize_t)r->len)
		fail("send");
}

/* Edge-triggered, and at most one answer is on its way: what came is read in one go. */
static void
take(struct client *c, struct connection *at)
{
	ssize_t n = recv(at->fd, buf_room(&at->in, READ_BYTES), READ_BYTES, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		fail("recv");
	at->in.len += (size_t)n;
	if (message_bytes(buf_view(&at->in)) == 0)
		return;
	errno = 0;
	if (!slice_starts(buf_view(&at->in), "HTTP/1.1 200 "))
		fail("status");
	buf_reset(&at->in);
	c->to_come--;
	ask(c, at);
}

static void
happened(struct client *c, struct connection *at, uint32_t events)
{
	if (!at->asked && events & EPOLLOUT) {
		at->asked = true;
		ask(c, at);
	}
	if (events & EPOLLIN)
		take(c, at);
	else if (events & (EPOLLERR | EPOLLHUP))
		fail("connect");
}

static void
open_connection(struct client *c, struct connection *at, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = at};

	at->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (at->fd < 0 ||
	    (connect(at->fd, (struct sockaddr *)&address, sizeof address) &&
		errno != EINPROGRESS) ||
	    epoll_ctl(c->epoll, EPOLL_CTL_ADD, at->fd, &event))
		fail("connect");
}

static void
turn(struct client *c)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(c->epoll, events, EVENTS, WAIT_MAX_MS);

	errno = 0;
	if (n <= 0)
		fail("wait");
	for (int i = 0; i < n; i++)
		happened(c, events[i].data.ptr, events[i].events);
}

int
main(int argc, char **argv)
{
	struct client c = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
	struct connection *connections;
	unsigned long in_flight;

	if (argc != 4) {
		fputs("usage: bare PORT IN_FLIGHT CALLS <BODY\n", stderr);
		return 2;
	}
	in_flight = strtoul(argv[2], NULL, 10);
	c.to_send = c.to_come = strtoul(argv[3], NULL, 10);
	build_request(&c);
	connections = mem_zero(in_flight, sizeof *connections);
	for (unsigned long i = 0; i < in_flight; i++)
		open_connection(&c, &connections[i], (uint16_t)strtoul(argv[1], NULL, 10));
	while (c.to_come)
		turn(&c);
	free(connections);
	buf_free(&c.request);
	return 0;
}
