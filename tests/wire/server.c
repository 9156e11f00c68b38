// SPDX-License-Identifier: MIT
/* A turn: poll, accept, read, play, write, bury the dead. */
#include "wire/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define BACKLOG 4096

int
server_listen(struct server *s, uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof a;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof a) ||
	    listen(s->listener, BACKLOG) || getsockname(s->listener, (struct sockaddr *)&a, &size))
		return -1;
	*port = ntohs(a.sin_port);
	return 0;
}

struct player *
request_began(struct server *s, struct conn *c, uint32_t stream)
{
	struct player *p;

	s->counts.requests++;
	s->counts.reused += c->requests++ > 0;
	if (c->ended)
		return NULL;
	p = player_start(s, c, stream);
	p->waits = !p->script->head;
	return p;
}

static void
accept_all(struct server *s)
{
	int fd;

	while ((fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		struct conn *c = conn_new(fd, s->tls);

		s->counts.connections++;
		c->next = s->conns;
		s->conns = c;
		if (s->scripts[s->next_script].early)
			player_start(s, c, 0);
	}
}

/* Counts the key in the bytes behind `from`, also where it came in two parts. */
static void
look_for_key(struct server *s, struct conn *c, size_t from)
{
	for (size_t i = from; i < c->in.len; i++) {
		if (c->in.data[i] != s->key[c->key_matched])
			c->key_matched = 0;
		if (c->in.data[i] == s->key[c->key_matched])
			c->key_matched++;
		if (!s->key[c->key_matched]) {
			s->counts.keys++;
			c->key_matched = 0;
		}
	}
}

static void
hear(struct server *s, struct conn *c)
{
	size_t before = c->in.len;

	conn_fill(c);
	look_for_key(s, c, before);
	if (c->ssl && !c->secured && SSL_is_init_finished(c->ssl)) {
		c->secured = true;
		s->counts.handshakes++;
	}
	if (s->h2)
		h2_read(s, c);
	else
		h1_read(s, c);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Plays what is due; when there is more of it. Players that are done make room for others. */
static int64_t
speak(struct server *s, struct conn *c, int64_t now)
{
	int64_t next = CLOCK_NEVER;
	size_t waiting;

	if (!s->h2 && !c->players && c->in.len)
		h1_read(s, c); /* a request that had to wait for its turn */
	for (struct player **at = &c->players; *at;) {
		struct player *p = *at;

		next = sooner(next, player_run(s, c, p, now));
		if (!player_done(p)) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		free(p);
	}
	waiting = c->out.len;
	conn_flush(c);
	if (c->out.len < waiting) /* there is room for more */
		return now;
	return next;
}

static int64_t
run_all(struct server *s, int64_t now)
{
	int64_t next = CLOCK_NEVER;

	for (struct conn **at = &s->conns; *at;) {
		struct conn *c = *at;

		if (!c->dead)
			next = sooner(next, speak(s, c, now));
		if (!c->dead) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		conn_free(c);
	}
	return next;
}

/* All descriptors: the listener, `also`, and the connections in the order of the list. */
static struct pollfd *
gather(const struct server *s, int also, nfds_t *count)
{
	struct pollfd *fds = NULL;
	nfds_t n = 2;

	for (const struct conn *c = s->conns; c; c = c->next)
		n++;
	fds = mem_zero(n, sizeof *fds);
	fds[0] = (struct pollfd){s->listener, POLLIN, 0};
	fds[1] = (struct pollfd){also, POLLIN, 0};
	n = 2;
	for (const struct conn *c = s->conns; c; c = c->next)
		fds[n++] = (struct pollfd){c->fd, (short)(POLLIN | (c->out.len ? POLLOUT : 0)), 0};
	*count = n;
	return fds;
}

static int
timeout_ms(int64_t deadline)
{
	int64_t left = deadline - clock_ms();

	return (int)(left < 0 ? 0 : left < INT32_MAX ? left : INT32_MAX);
}

bool
server_turn(struct server *s, int also, int64_t deadline)
{
	int64_t next = run_all(s, clock_ms());
	struct pollfd *fds;
	nfds_t count, i = 2;
	bool ready;

	fds = gather(s, also, &count);
	poll(fds, count, timeout_ms(sooner(next, deadline)));
	for (struct conn *c = s->conns; c; c = c->next) {
		if (fds[i++].revents & (POLLIN | POLLHUP | POLLERR))
			hear(s, c);
	}
	if (fds[0].revents)
		accept_all(s);
	ready = fds[1].revents != 0;
	free(fds);
	return ready;
}

void
server_free(struct server *s)
{
	while (s->conns) {
		struct conn *c = s->conns;

		s->conns = c->next;
		conn_free(c);
	}
	SSL_CTX_free(s->tls);
	close(s->listener);
}
