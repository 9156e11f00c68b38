// SPDX-License-Identifier: MIT
/*
 * An answer on its way out: status, a few headers, and a body in pieces.
 *
 * It is built in steps. The rooms that know what to say append one compact
 * JSON object per piece. sim_answer_dress lays them out in the form that was
 * asked for, sim_answer_break damages the result if a directive wants that,
 * sim_answer_gzip packs it. From then on a piece is what goes out at one time,
 * and `ends` holds the offset behind each.
 * A zeroed struct is an empty answer and valid to free.
 * May call: base/buf, base/mem, text/json_string, zlib.
 */
#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

#include <stdint.h>

#include "base/buf.h"

#define SIM_TYPE_JSON "application/json; charset=UTF-8"
#define SIM_TYPE_SSE "text/event-stream"
#define SIM_TYPE_HTML "text/html; charset=UTF-8"

enum sim_form {
	SIM_FORM_JSON,  /* one pretty-printed object */
	SIM_FORM_SSE,   /* "data: " frames; an error before the first is a plain object */
	SIM_FORM_ARRAY, /* streamed without alt=sse: one array of objects */
};

enum sim_ending { /* what follows the last piece */
	SIM_END_CLEAN,
	SIM_END_CUT,   /* the connection closes inside the body */
	SIM_END_RESET, /* a TCP reset */
	SIM_END_STALL, /* nothing more, for ever */
};

struct sim_answer {
	int status;
	const char *type; /* static text */
	struct buf body;
	size_t *ends;
	size_t pieces;
	enum sim_ending ending;
	const char *retry_after; /* the header; borrowed from the call, or NULL */
	bool gzipped;
};

void sim_answer_free(struct sim_answer *a);
void sim_answer_piece(struct sim_answer *a); /* what was appended since the last call is a piece */

void sim_answer_dress(struct sim_answer *a, enum sim_form form);

/*
 * Keeps `after` pieces of a dressed answer and lets it end so. A body that is
 * no stream has nothing to count: there any `after` means its first half. A
 * cut takes half of the next piece along, so that it falls inside a frame.
 */
void sim_answer_break(
    struct sim_answer *a, enum sim_form form, enum sim_ending ending, size_t after);

/* Cuts the pieces anew: behind the first byte of each character that has several. */
void sim_answer_split_utf8(struct sim_answer *a);

void sim_answer_gzip(struct sim_answer *a);

#endif
