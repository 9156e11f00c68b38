// SPDX-License-Identifier: MIT
/*
 * The server: connections, what they have sent, and the replies that are played to them.
 *
 * One thread, poll(2). A connection has players: one at a time in HTTP/1, one
 * a stream in HTTP/2. A player walks through the steps of a reply and puts
 * bytes into its connection's output; what is due later says when.
 * Replies are given out in the order in which requests are read; the last one
 * repeats.
 */
#ifndef WIRE_SERVER_H
#define WIRE_SERVER_H

#include <openssl/ssl.h>

#include "base/clock.h"
#include "wire/script.h"

struct player {
	const struct script *script;
	size_t step;
	size_t times; /* of this step, so often already */
	size_t sent;  /* bytes of this step, while dripping */
	int64_t due;
	int64_t drip_ms;
	uint32_t stream;
	bool waits; /* for the end of its request */
	struct player *next;
};

struct conn {
	int fd;
	SSL *ssl; /* NULL: plain */
	struct buf in;
	struct buf out;
	struct player *players;
	size_t body_left;   /* HTTP/1: bytes of the request that are still to come */
	size_t key_matched; /* bytes of the key seen last */
	unsigned requests;
	bool greeted; /* HTTP/2: the preface has come */
	bool secured; /* the handshake is done */
	bool ended;   /* we have said that nothing more comes; what the client says is still read */
	bool dead;
	struct conn *next;
};

struct counts {
	unsigned connections;
	unsigned handshakes; /* that ended well */
	unsigned requests;   /* whose head was read */
	unsigned reused;     /* of them, those on a connection that had carried one */
	unsigned cookies;    /* requests with one; HTTP/1 only */
	unsigned keys; /* how often the key's bytes came in; HTTP/2 packs them, and there it is 0 */
};

struct server {
	const struct script *scripts;
	size_t script_count;
	size_t next_script;
	SSL_CTX *tls; /* NULL: plain */
	bool h2;
	int listener;
	const char *key;
	struct conn *conns;
	struct counts counts;
};

int server_listen(struct server *s, uint16_t *port); /* 0, or -1 with errno */
void server_free(struct server *s);

/* Accepts, reads, plays, writes; waits for all that and for `also`, but not beyond the deadline. */
bool server_turn(struct server *s, int also, int64_t deadline); /* did `also` become ready? */

/* conn.c: bytes in and out; errors and ends show as `dead`. */
struct conn *conn_new(int fd, SSL_CTX *tls);
void conn_free(struct conn *c);
void conn_fill(struct conn *c);
void conn_flush(struct conn *c);
void conn_end(struct conn *c, bool alert); /* a FIN, and before it TLS's closing alert */
void conn_reset(struct conn *c);

/* player.c */
struct player *player_start(struct server *s, struct conn *c, uint32_t stream);
int64_t player_run(struct server *s, struct conn *c, struct player *p, int64_t now); /* when next */
bool player_done(const struct player *p);

/* A request's head has been read: it is counted, and its reply begins now or with its end. */
struct player *request_began(struct server *s, struct conn *c, uint32_t stream);

/* h1.c, h2.c: what stands in `in`, as far as it is whole. */
void h1_read(struct server *s, struct conn *c);
void h2_read(struct server *s, struct conn *c);

/* An HTTP/2 frame into `out`. */
void h2_frame(struct buf *out, uint8_t type, uint8_t flags, uint32_t stream, struct slice payload);

#endif
