// SPDX-License-Identifier: MIT
/*
 * A certificate authority that lives as long as the server does, and what it signs.
 *
 * Kinds of certificates: good (for 127.0.0.1), self-signed (by nobody's leave),
 * wrong-name (for another host), expired (yesterday).
 */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

enum tls_cert { TLS_GOOD, TLS_SELF_SIGNED, TLS_WRONG_NAME, TLS_EXPIRED };

/* The context of such a server; *ca_file gets the name of a temporary file, the caller's to remove. */
SSL_CTX *tls_new(enum tls_cert kind, bool h2, bool old, char **ca_file);

#endif
