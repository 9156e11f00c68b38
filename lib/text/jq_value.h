// SPDX-License-Identifier: MIT
/*
 * JSON text to libjq's values and back; for text/jq's eyes only.
 *
 * libjq's own parser takes texts that are no JSON, and its printer spends most
 * of jq's time on one call a byte. These two give the same values and the same
 * bytes (a differential test holds them to it) in a fraction of the time.
 * May call: base, text/json_string, text/utf8, libjq.
 */
#ifndef TEXT_JQ_VALUE_H
#define TEXT_JQ_VALUE_H

#include <jv.h>

#include "base/buf.h"

/* A power of two; records of one kind have fewer names than that. */
#define JQ_NAMES 256

/* Names come again in every record: each is made, hashed and checked once (6 % on logs). */
struct jq_name {
	struct slice text; /* lives in `value` */
	jv value;
};

struct jq_builder {
	const char *p, *end; /* what is left of the text */
	size_t depth;
	unsigned losses; /* of enum jq_loss, in the text last built */
	struct buf text; /* of the string at hand, decoded */
	struct jq_name names[JQ_NAMES];
};

void jq_builder_free(struct jq_builder *b);

/* The value of a text that json_scan has accepted. -1 with the reason: libjq cannot hold it. */
int jq_build(struct jq_builder *b, struct slice json, jv *out, struct buf *reason);

/* Appends the value, which stays the caller's, as libjq prints it. -1: it is nested too deep. */
int jq_print(struct buf *out, jv value);

#endif
