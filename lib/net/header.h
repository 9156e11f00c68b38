// SPDX-License-Identifier: MIT
/*
 * The lines of an answer's header: what they tell the caller.
 * May call: base, record/exchange.
 */
#ifndef NET_HEADER_H
#define NET_HEADER_H

#include "record/exchange.h"

/* A line with its end, not NUL-terminated. Looks for when to come back (retry_after_ms). */
void header_read(const char *bytes, size_t n, struct reply *reply);

#endif
