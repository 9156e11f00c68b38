// SPDX-License-Identifier: MIT
/*
 * The one server that a run calls, and what all calls to it share: address,
 * headers, certificates, names that were looked up, and what has been learned
 * of it.
 * May call: base, net/http's configuration.
 */
#ifndef NET_ORIGIN_H
#define NET_ORIGIN_H

#include <curl/curl.h>

#include "net/http.h"

struct origin {
	const struct http_config *config;
	bool secure; /* https */
	/* of certificates: one of the two, or none, which is libcurl's own bundle */
	const char *bundle, *directory;
	struct curl_slist *headers; /* of every call */
	CURLSH *shared;             /* the caches of names and TLS sessions */
	bool reached;               /* a connection has come up */
	bool answered;              /* an answer has come, and so it is known: */
	bool no_http2;              /* a connection carries one call at a time */
};

/* Starts libcurl too: -1 with a reason when that or the certificates are not there. */
int origin_init(struct origin *o, const struct http_config *config, const char **reason);
void origin_free(struct origin *o); /* no handle is left, of any kind */

#endif
