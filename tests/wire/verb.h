// SPDX-License-Identifier: MIT
/*
 * What the functions behind the verbs share. Each adds steps to the script; 0, or -1 with the
 * reason. A whole answer means frames over HTTP/2, which frame_verbs.c makes.
 */
#ifndef WIRE_VERB_H
#define WIRE_VERB_H

#include "wire/script.h"

struct verb {
	struct script *script;
	struct slice args; /* unescaped; a NUL follows; what has been read is taken off */
	bool h2;
	struct buf *reason;
};

int verb_fail(struct verb *v, const char *why);

/* The next word of the arguments as a number; -1 when it is none. */
int64_t verb_number(struct verb *v);

/* A whole HEADERS frame with the status and, from the arguments, one more field. */
void verb_headers(struct verb *v, int status);
void verb_end_stream(struct verb *v);

int verb_rst(struct verb *v, int n);
int verb_goaway(struct verb *v, int n);
int verb_ping(struct verb *v, int n);
int verb_frame(struct verb *v, int n);

#endif
