// SPDX-License-Identifier: MIT
/*
 * Where calls go and as whom: what the user says of URL, key, headers and certificates, looked
 * over before the first call and made into the transport's configuration.
 * May call: base, net/http.
 */
#ifndef NET_TARGET_H
#define NET_TARGET_H

#include "base/cli.h"
#include "base/secret.h"
#include "net/http.h"

struct target_options { /* as they stand on the command line */
	const char *base_url, *key_file;
	struct cli_list headers; /* 'Name: value' or @FILE */
	bool allow_http;
};

struct target {
	struct http_config http; /* the caller sets what is no target_options' */
	struct secret secret;    /* no key: secret.key is NULL */
	struct buf base_url;
	struct cli_list headers; /* their lines */
};

/*
 * Completes t->http; its other members are zeroed before. The options are borrowed for as long as
 * the target is in use; the key is taken from the first of the variables that is set, unless there
 * is a file. -1 with the message for the user.
 */
int target_set(struct target *t, const struct target_options *o, const char *const *variables,
    struct buf *error);

#endif
