// SPDX-License-Identifier: MIT
/*
 * A slot: one easy handle, and the call that it carries at the moment.
 *
 * Here stands how a request is put to libcurl and what is taken from it: the
 * options, the callbacks, and how its result codes are read.
 * May call: base, net/http's configuration.
 */
#ifndef NET_SLOT_H
#define NET_SLOT_H

#include <curl/curl.h>

#include "net/http.h"

struct slot {
	CURL *easy;
	struct call *call;
	struct slot *next; /* in the list of idle ones */
	int64_t started_us;
	bool resend_refused;
	char error[CURL_ERROR_SIZE];
};

struct slot *slot_new(void);
void slot_free(struct slot *s);

/* Sets everything for the call, which is borrowed until slot_end. */
void slot_begin(struct slot *s, struct call *call, const struct http_config *config,
    struct curl_slist *headers, const char *url, bool loopback);

/* Completes the reply from libcurl's result and lets the call go. */
struct call *slot_end(struct slot *s, CURLcode code);
struct call *slot_cancel(struct slot *s);

#endif
