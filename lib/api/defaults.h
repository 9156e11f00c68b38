// SPDX-License-Identifier: MIT
/*
 * What every request of a run starts from, as the user says it on the command line.
 * May call: base, text, api.
 */
#ifndef API_DEFAULTS_H
#define API_DEFAULTS_H

#include "api/api.h"

struct api_options {
	const char *model, *version;
	const char *system; /* TEXT|@FILE; NULL: none */
	const char *config; /* JSON|@FILE, as the next one */
	const char *body;
};

/* Model and version are borrowed. -1 with the message for the user. */
int api_set_defaults(
    const struct api *api, const struct api_options *o, struct api_defaults *d, struct buf *error);

#endif
