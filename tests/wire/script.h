// SPDX-License-Identifier: MIT
/*
 * A REPLY as it stands on the command line, compiled into steps.
 *
 * Text is what is sent, byte for byte; \r \n \t \0 \xHH \\ \[ \] are escapes.
 * A bracket that begins with a small letter or a status is a verb:
 *
 *     [ok]                  a whole right answer
 *     [200 NAME: VALUE]     the head of an answer, open: more lines may follow
 *     [body]                Content-Length of all that follows, and the end of the head
 *     [answer TEXT]         the JSON of a right answer
 *     [chunk]...[end]       one chunk, measured
 *     [cut N]               the last N bytes are not sent, though they were measured
 *     [repeat N TEXT]       TEXT, N times
 *     [file NAME]           what stands in that file
 *     [elsewhere]           the base URL that wire itself was started with
 *     [wait MS]             a pause
 *     [drip MS]             from here on one byte in so many milliseconds
 *     [after N]             a pause, until N requests have been read
 *     [early]               first of all: do not wait for a request
 *     [head]                first of all: wait for the head of the request alone
 *     [close]               an orderly end of the connection
 *     [drop]                the same without TLS's closing alert
 *     [reset]               a TCP reset
 *     [hang]                nothing more, until the client leaves
 *
 * Over HTTP/2 text and answers are DATA, [200] is a whole HEADERS frame, and [end] ends
 * the stream. There also are:
 *
 *     [rst CODE]            RST_STREAM; CODE as RFC 9113 section 7 names it
 *     [goaway LAST CODE]    GOAWAY; LAST is the last stream that counts: this, before, none
 *     [ping]                PING
 *     [frame TYPE FLAGS STREAM TEXT]   a frame of any kind; numbers, or "this" for STREAM
 */
#ifndef WIRE_SCRIPT_H
#define WIRE_SCRIPT_H

#include "base/buf.h"

enum step_kind {
	STEP_BYTES, /* as they are */
	STEP_FRAME, /* behind a frame header of HTTP/2 */
	STEP_WAIT,
	STEP_AFTER,
	STEP_DRIP,
	STEP_CLOSE,
	STEP_DROP,
	STEP_RESET,
	STEP_HANG,
	STEP_HEAD_LENGTH,  /* while compiling: to be replaced by a measure of what follows */
	STEP_CHUNK_LENGTH, /* the same, up to the next STEP_END */
	STEP_END,          /* the end of a chunk */
};

enum stream_kind { STREAM_THIS, STREAM_BEFORE, STREAM_NUMBER };

struct step {
	enum step_kind kind;
	struct buf bytes; /* of STEP_BYTES, or the payload of STEP_FRAME */
	size_t times;     /* so often */
	size_t cut;       /* bytes that are measured and not sent */
	int64_t n;        /* milliseconds, requests */
	uint8_t type;     /* of a frame */
	uint8_t flags;
	enum stream_kind stream; /* on which it goes; for GOAWAY, what it names as the last */
	uint32_t stream_number;
};

enum frame_type {
	FRAME_DATA,
	FRAME_HEADERS,
	FRAME_RST = 3,
	FRAME_SETTINGS,
	FRAME_PING = 6,
	FRAME_GOAWAY
};

struct script {
	struct step *steps;
	size_t count;
	bool early;
	bool head;
};

/* Adds the steps of the text; -1 with what is wrong. */
int script_read(struct script *s, const char *text, bool h2, struct buf *reason);
void script_free(struct script *s);

/* For script_verbs.c: a new last step, zeroed. */
struct step *script_add(struct script *s, enum step_kind kind);
void script_text(struct script *s, struct slice bytes, bool h2);

/* What the verb stands for, with its arguments; -1 with what is wrong. */
int script_verb(
    struct script *s, const char *name, const char *args, size_t n, bool h2, struct buf *reason);

#endif
