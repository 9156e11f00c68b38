// SPDX-License-Identifier: MIT
/*
 * A request record: one input line, and the few parts of it that are read.
 *
 * The line is kept as it came; the parts are slices of it. What a line is
 * follows from its shape (gem-record(5)): a string `prompt`, or else a string
 * `text`, always wins; else {"key","request":{...}} is a line of a Gemini
 * batch, {"contents":[...]} a request as the API takes it, and a JSON string
 * is a prompt. Only id (or key), prompt (or text), ask, request and contents
 * are read; all else passes through.
 * May call: base, text.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "base/buf.h"
#include "text/json_scan.h"

enum dialect {
	DIALECT_NATIVE,  /* an object with `prompt` or `text` */
	DIALECT_BATCH,   /* {"key","request"} */
	DIALECT_REQUEST, /* {"contents":...} */
	DIALECT_STRING,  /* "prompt" */
};

/* What a record asks for beyond the run's defaults; kind JSON_NONE: nothing. */
struct ask {
	struct json_value model;  /* a string */
	struct json_value system; /* a string */
	struct json_value config; /* an object: generationConfig */
	struct json_value body;   /* an object: merged into the request */
};

#define RECORD_NO_SEQ UINT64_MAX

struct record {
	uint64_t seq; /* from 0, over the whole input */
	struct buf line;
	enum dialect dialect;
	struct json_value whole;   /* JSON_NONE: the line is not JSON */
	struct json_value id;      /* a string, a number, or JSON_NONE */
	struct json_value prompt;  /* a string, or JSON_NONE in a dialect without one */
	struct json_value request; /* of the two dialects that bring one along */
	struct ask ask;
	const char *problem; /* static: why it cannot be called; NULL: it can */
	size_t column;       /* of the problem in the line, from 1; 0: unknown */
	bool duplicate;      /* a member that is read stands twice: the last one counts */
	bool replaces;       /* a response, success, error or call is there and will be replaced */
};

/* Copies the line and takes it apart. A record with a problem is a record all the same. */
void record_parse(struct record *r, const char *line, size_t n);
void record_free(struct record *r);

#endif
