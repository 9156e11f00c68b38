// SPDX-License-Identifier: MIT
/*
 * The words that api, net and run share: a request as it goes out, a reply as
 * it came in, an answer as it was understood.
 *
 * All three live in a task of the engine and keep their memory from one record
 * to the next. Slices of an answer borrow from the reply's body or are static.
 * May call: base, limit/verdict.
 */
#ifndef RECORD_EXCHANGE_H
#define RECORD_EXCHANGE_H

#include "base/buf.h"
#include "limit/verdict.h"

/* The ceiling of one decoded answer: images come back as base64 in JSON. */
#define REPLY_MAX_BYTES ((size_t)64 << 20)

struct request {
	struct buf path; /* below the base URL, from its slash on */
	struct buf body;
	struct buf model; /* what is asked for, without "models/" */
	bool own_model;   /* the run's own, not one that the record brought along */
};

struct reply {
	enum wire wire;
	int status; /* HTTP; 0: none came */
	struct buf body;
	struct buf detail;      /* the transport's own words on a failure */
	int64_t retry_after_ms; /* of the header; -1: absent */
	int sent;               /* how often the request went out */
	int64_t first_ms;       /* from the start of the attempt to the first byte; -1: none came */
	int64_t total_us;
};

struct usage {
	int64_t in;
	int64_t out; /* without the thoughts */
	int64_t think;
	int64_t cached; /* part of `in` */
};

struct answer {
	struct facts facts;
	bool has_text;
	struct buf text;    /* the inside of a JSON string */
	struct slice other; /* what came that is no text, by its name in the API; absent: nothing */
	struct buf message; /* on failure: why, as plain text */
	struct slice body;  /* the reply's JSON object, when it is one */
	struct slice finish; /* this and the next two: insides */
	struct slice model;  /* that the server says it used */
	struct slice code;   /* the server's status word */
	bool has_usage;
	struct usage usage;
};

/* A sum stays at the greatest number that there is. */
void usage_add(struct usage *sum, const struct usage *u);

void request_free(struct request *r);
void reply_reset(struct reply *r);
void reply_free(struct reply *r);
void answer_reset(struct answer *a);
void answer_free(struct answer *a);

#endif
