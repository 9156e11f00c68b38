// SPDX-License-Identifier: MIT
/* Requests of HTTP/1: a head, a body of Content-Length, and the next only after the answer. */
#include <stdlib.h>
#include <strings.h>

#include "wire/server.h"

#define HEAD_END "\r\n\r\n"
#define COOKIE "\r\nCookie:"
#define LENGTH "\r\nContent-Length:"

static size_t
content_length(const char *head)
{
	const char *at = strcasestr(head, LENGTH);

	return at ? (size_t)strtoul(at + strlen(LENGTH), NULL, 10) : 0;
}

/* The head that begins `in` is taken out of it; false while it is not whole. */
static bool
take_head(struct server *s, struct conn *c)
{
	const char *end = slice_find(buf_view(&c->in), HEAD_END);

	if (!end)
		return false;
	c->in.data[end - c->in.data + 2] = '\0';
	c->body_left = content_length(c->in.data);
	s->counts.cookies += strcasestr(c->in.data, COOKIE) != NULL;
	buf_drop(&c->in, (size_t)(end - c->in.data) + strlen(HEAD_END));
	return true;
}

static void
take_body(struct conn *c)
{
	size_t n = c->in.len < c->body_left ? c->in.len : c->body_left;

	buf_drop(&c->in, n);
	c->body_left -= n;
	if (!c->body_left && c->players)
		c->players->waits = false;
}

void
h1_read(struct server *s, struct conn *c)
{
	take_body(c);
	while (!c->body_left && (!c->players || c->ended) && take_head(s, c)) {
		request_began(s, c, 0);
		take_body(c);
	}
}
