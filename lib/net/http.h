// SPDX-License-Identifier: MIT
/*
 * The transport over HTTP, by libcurl: POSTs to one origin from one thread.
 *
 * What libcurl would do by itself and must not: follow redirects with the key,
 * send a POST a second time when a kept connection dies under it (the second
 * is refused in PREREQFUNCTION, and the engine decides), honour .netrc or
 * cookies, use a proxy for loopback.
 * May call: base, net/transport. Only net/ includes curl's headers.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/secret.h"
#include "net/transport.h"

struct http_config {
	const char *base_url;        /* one that url_check has passed */
	bool loopback;               /* it names this machine, as url_check says */
	bool http1;                  /* no HTTP/2 */
	bool compressed;             /* ask for compressed answers */
	const char *key_header;      /* the name of the header that carries the key */
	const struct secret *secret; /* without a key none is sent */
	bool own_key;                /* it was asked for: sent beside an Authorization, too */
	const char *const *headers;  /* "Name: value": each replaces ours of that name */
	size_t header_count;
	const char *ca_file; /* NULL: the system's */
	const char *user_agent;
	int64_t connect_timeout_ms;
	int64_t timeout_ms; /* of an attempt, 0: none; sent as X-Server-Timeout too */
	int64_t stall_ms;   /* of silence in an answer that has begun, 0: no limit */
};

/* The most calls in flight. */
#define HTTP_CALLS_MAX 10000

/* Is there a key, or a header that the user has given in its place? */
bool http_has_key(const struct http_config *config);

/*
 * Raises the limit of open descriptors as far as it may go, for so many calls at
 * once; returns how many it allows (each may take a connection of its own).
 */
size_t http_descriptors(size_t calls);

/* The strings of the config are borrowed until http_close. NULL with a reason on failure. */
struct http *http_open(const struct http_config *config, const char **reason);
void http_close(struct http *h); /* no call may be in flight */
struct transport http_transport(struct http *h);

/* "libcurl/7.88.1 OpenSSL/…", for --version, made in `text`. */
const char *http_libraries(struct buf *text);

#endif
