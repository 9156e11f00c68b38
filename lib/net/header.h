// SPDX-License-Identifier: MIT
/*
 * What an answer's header tells the caller: when to come back.
 * May call: base.
 */
#ifndef NET_HEADER_H
#define NET_HEADER_H

#include <curl/curl.h>
#include <stdint.h>

/* How long these headers, each of which may be absent (NULL), ask to wait; -1: they do not say. */
int64_t header_wait_ms(const char *retry_after_ms, const char *retry_after, const char *date);

/* How long the answer that has just ended asks to wait; -1: it does not say. */
int64_t header_retry_after_ms(CURL *easy);

#endif
