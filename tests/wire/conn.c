// SPDX-License-Identifier: MIT
/* One way for plain and TLS connections: what would block is tried again on the next turn. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/server.h"

#define READ_BYTES 65536

struct conn *
conn_new(int fd, SSL_CTX *tls)
{
	struct conn *c = mem_zero(1, sizeof *c);
	int on = 1;

	c->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (!tls)
		return c;
	c->ssl = SSL_new(tls);
	if (!c->ssl || SSL_set_fd(c->ssl, fd) != 1)
		mem_exhausted();
	SSL_set_accept_state(c->ssl);
	return c;
}

void
conn_free(struct conn *c)
{
	while (c->players) {
		struct player *p = c->players;

		c->players = p->next;
		free(p);
	}
	SSL_free(c->ssl);
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

/* As read(2) and write(2), with EAGAIN for whatever TLS waits for. */
static ssize_t
tls_result(struct conn *c, int n)
{
	int error = n > 0 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, n);

	ERR_clear_error();
	if (error == SSL_ERROR_NONE)
		return n;
	errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
	return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static ssize_t
get(struct conn *c, char *to, size_t n)
{
	return c->ssl ? tls_result(c, SSL_read(c->ssl, to, (int)n)) : read(c->fd, to, n);
}

static ssize_t
put(struct conn *c, const char *from, size_t n)
{
	if (c->ssl)
		return tls_result(c, SSL_write(c->ssl, from, (int)n));
	return send(c->fd, from, n, MSG_NOSIGNAL);
}

void
conn_fill(struct conn *c)
{
	for (;;) {
		ssize_t n = get(c, buf_room(&c->in, READ_BYTES), READ_BYTES);

		if (n > 0) {
			c->in.len += (size_t)n;
			continue;
		}
		if (n == 0 || errno != EAGAIN)
			c->dead = true;
		return;
	}
}

void
conn_flush(struct conn *c)
{
	while (c->out.len && !c->dead) {
		ssize_t n = put(c, c->out.data, c->out.len);

		if (n <= 0) {
			c->dead = errno != EAGAIN;
			return;
		}
		buf_drop(&c->out, (size_t)n);
	}
}

void
conn_end(struct conn *c, bool alert)
{
	if (c->ssl && alert && SSL_is_init_finished(c->ssl))
		SSL_shutdown(c->ssl);
	ERR_clear_error();
	shutdown(c->fd, SHUT_WR);
	c->ended = true;
}

/* connect(2) to "no address" dissolves a TCP connection; on Linux that sends a reset at once. */
void
conn_reset(struct conn *c)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	connect(c->fd, &none, sizeof none);
	c->dead = true;
}
