// SPDX-License-Identifier: MIT
/*
 * A result that an earlier run has stored, as the answer to a record of this one.
 *
 * What a stored line is to the next run: an answer, if the call has succeeded or failed for good;
 * one to be called again, if a new try may mend it (limit/verdict).
 * May call: base, text, limit/verdict, stream/journal's words, record.
 */
#ifndef RECORD_STORED_H
#define RECORD_STORED_H

#include "record/result.h"
#include "stream/journal.h"

enum journal_line stored_kind(enum call_class class);

/* A journal_reader. */
enum journal_line stored_read(struct slice line, struct journal_key *key);

/* The key of today's record: one without an id is named by its fields and place. */
struct journal_key stored_key(const char fp[HASH_HEX_BYTES], const struct record *record);

/*
 * The stored line, which is taken over into `line`, becomes the answer and the facts of today's
 * record of this number; both borrow from it. False when it is no result.
 */
bool stored_answer(struct buf *line, uint64_t seq, struct answer *answer, struct call_facts *facts);

#endif
