// SPDX-License-Identifier: MIT
/*
 * An API: how a record becomes a request, and a reply an answer.
 *
 * What goes over the wire and nothing else: no sockets, no clock, no retry. An
 * api gathers the facts of an answer; limit/verdict judges them.
 * May call: base, text, limit/verdict, record.
 */
#ifndef API_API_H
#define API_API_H

#include "record/exchange.h"
#include "record/record.h"

/* The run's defaults; a record's own `ask` beats them. Borrowed from the command line. */
struct api_defaults {
	const char *version; /* of the path: v1beta */
	const char *model;
	struct buf base; /* a JSON object that every request starts from; empty: none */
};

struct api {
	const char *key_header; /* the header that carries the key */

	/* Puts the run's base together: system and kinds JSON_NONE mean that there is none. */
	void (*base)(struct buf *out, const struct buf *system, const struct json_value *config,
	    const struct json_value *body);

	/* Fills the request; -1 with a static reason when the record asks for what cannot be. */
	int (*build)(const struct api_defaults *defaults, const struct record *record,
	    struct request *request, const char **reason);

	/* The most tokens of output that the request allows. */
	int64_t (*most_output)(const struct request *request);

	/* Reads a reply, whatever it is, into an answer with its facts. */
	void (*read)(const struct request *request, struct reply *reply, struct answer *answer);
};

extern const struct api api_gemini;

/* Is this text fit to stand as a model's name in a path? */
bool api_model_is_sane(struct slice model);

#endif
