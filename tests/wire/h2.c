// SPDX-License-Identifier: MIT
/*
 * Just so much of HTTP/2 (RFC 9113) that a client believes it: the preface, empty SETTINGS,
 * and where the requests of the streams end. Header blocks are not decoded, and windows are
 * not counted: requests stay below 64 KiB.
 */
#include <stdlib.h>

#include "wire/server.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define HEAD_BYTES 9
#define ACK 0x1
#define END_STREAM 0x1

void
h2_frame(struct buf *out, uint8_t type, uint8_t flags, uint32_t stream, struct slice payload)
{
	for (int shift = 16; shift >= 0; shift -= 8)
		buf_char(out, (char)(payload.n >> shift & 0xff));
	buf_char(out, (char)type);
	buf_char(out, (char)flags);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(out, (char)(stream >> shift & 0xff));
	buf_slice(out, payload);
}

static bool
take_preface(struct conn *c)
{
	if (c->greeted)
		return true;
	if (c->in.len < strlen(PREFACE))
		return false;
	c->dead = memcmp(c->in.data, PREFACE, strlen(PREFACE)) != 0;
	buf_drop(&c->in, strlen(PREFACE));
	h2_frame(&c->out, FRAME_SETTINGS, 0, 0, SLICE(""));
	c->greeted = true;
	return !c->dead;
}

static uint32_t
number(const char *p, size_t n)
{
	uint32_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | (uint8_t)p[i];
	return value;
}

static struct player *
player_of(struct conn *c, uint32_t stream)
{
	struct player *p = c->players;

	while (p && p->stream != stream)
		p = p->next;
	return p;
}

/* The client has given the stream up: its reply ends here. */
static void
give_up(struct conn *c, uint32_t stream)
{
	struct player *p = player_of(c, stream);

	if (p) {
		p->step = p->script->count;
		p->waits = false;
	}
}

static void
take_frame(struct server *s, struct conn *c, enum frame_type type, uint8_t flags, uint32_t stream,
    struct slice payload)
{
	struct player *p;

	if (type == FRAME_SETTINGS && !(flags & ACK))
		h2_frame(&c->out, FRAME_SETTINGS, ACK, 0, SLICE(""));
	else if (type == FRAME_PING && !(flags & ACK))
		h2_frame(&c->out, FRAME_PING, ACK, 0, payload);
	else if (type == FRAME_RST)
		give_up(c, stream);
	else if (type == FRAME_HEADERS && !player_of(c, stream))
		request_began(s, c, stream);
	if ((type == FRAME_HEADERS || type == FRAME_DATA) && flags & END_STREAM &&
	    (p = player_of(c, stream)))
		p->waits = false;
}

void
h2_read(struct server *s, struct conn *c)
{
	if (!take_preface(c))
		return;
	while (c->in.len >= HEAD_BYTES) {
		const char *p = c->in.data;
		size_t n = number(p, 3);

		if (c->in.len < HEAD_BYTES + n)
			return;
		take_frame(s, c, (enum frame_type)p[3], (uint8_t)p[4],
		    number(p + 5, 4) & 0x7fffffff, (struct slice){p + HEAD_BYTES, n});
		buf_drop(&c->in, HEAD_BYTES + n);
	}
}
