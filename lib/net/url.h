// SPDX-License-Identifier: MIT
/*
 * The base URL, looked over before the first call: https, or http to this
 * machine; no user, no query, no fragment.
 * May call: base, libcurl.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/buf.h"

/*
 * 0, or -1 with what is wrong, as static text. Plain http is for this machine
 * only, unless it is allowed. *loopback tells whether the URL names this machine.
 * `clean` gets the URL without a slash at its end, in both cases.
 */
int url_check(
    const char *url, bool allow_http, struct buf *clean, bool *loopback, const char **reason);

#endif
