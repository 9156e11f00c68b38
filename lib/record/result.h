// SPDX-License-Identifier: MIT
/*
 * Result records: what leaves gem-call, one for each record that came in.
 *
 * Native: the input object as it came, with response or error, success and
 * call added (gem-record(5)). Seed: exactly {"prompt","response","success":true}
 * or {"prompt","error","success":false}. Gemini: a batch output line,
 * {"key","response"} with the server's reply, a blocked or cut one too, or {"key","error"}.
 * May call: base, text, record/record, record/exchange, limit/verdict.
 */
#ifndef RECORD_RESULT_H
#define RECORD_RESULT_H

#include "base/clock.h"
#include "base/hash.h"
#include "record/exchange.h"
#include "record/record.h"

enum emit { /* the order of the words of --emit */
	EMIT_NATIVE,
	EMIT_SEED,
	EMIT_GEMINI,
};

/* What the engine knows of the call, beyond the answer itself. */
struct call_facts {
	enum call_class class;
	int attempts;     /* on the wire */
	int64_t wait_ms;  /* from reading the record to the start of the last attempt */
	int64_t first_ms; /* of the last attempt; -1: none */
	int64_t total_ms;
	bool maybe_billed;
	bool has_usage;
	struct usage usage; /* of all attempts */
	char at[CLOCK_UTC_BYTES];
	char fp[HASH_HEX_BYTES];
	struct slice stored; /* the `call` of an earlier run, which has the answer; absent: none */
};

/* The members that a call writes, as struct object_member removes them. */
/* clang-format off */
#define RESULT_MEMBERS {"response", {0}}, {"success", {0}}, {"error", {0}}, {"call", {0}}
/* clang-format on */

/* Appends "name":{...} with the four counts of tokens. */
void result_usage(struct buf *out, const char *name, const struct usage *usage);

/* Appends the record's line without a newline. */
void result_write(struct buf *out, enum emit emit, const struct record *record,
    const struct answer *answer, const struct call_facts *call);

#endif
