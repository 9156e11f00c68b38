// SPDX-License-Identifier: MIT
/*
 * Which line of a journal answers which request.
 *
 * 48 bytes a line, and a third as many once more while they are sorted. For stream/journal.
 * May call: base.
 */
#ifndef STREAM_JOURNAL_INDEX_H
#define STREAM_JOURNAL_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_key {
	uint64_t request[2]; /* the same for the same request */
	uint64_t id;         /* the same for the same name of it */
	uint64_t place;      /* in its input */
};

enum journal_line {
	JOURNAL_ANSWER,  /* serves a record with its key */
	JOURNAL_FAILURE, /* likewise, where there is no answer; it may have been paid */
	JOURNAL_RETRY,   /* a failure that is called again */
	JOURNAL_OTHER,   /* something, but none of ours */
	JOURNAL_DAMAGED, /* nothing that can be read, perhaps the start of something */
};

struct journal_entry {
	struct journal_key key;
	uint64_t offset;
	uint32_t length : 28; /* with its newline */
	uint32_t kind : 2;    /* enum journal_line */
	uint32_t taken : 1;   /* claimed, or gone */
	uint32_t gone : 1;    /* it has a successor */
	uint32_t next;        /* of one that is taken: none before is free */
};

#define JOURNAL_NO_ENTRY SIZE_MAX

struct journal_index { /* zeroed: empty */
	struct journal_entry *entries;
	size_t count;
	size_t gone; /* of them */
};

/* In the order of the file; then built, once, and only then asked. */
void journal_index_add(struct journal_index *x, const struct journal_key *key,
    enum journal_line kind, uint64_t offset, size_t length);

/*
 * A failure that was called again, and that a kill has left with what came of it, is gone; of those
 * that count a later failure is only known to be what came of it if all are called again.
 */
void journal_index_build(struct journal_index *x, bool retry_failed);

/* One with the key, or with `any` with its request, that is not taken; or JOURNAL_NO_ENTRY. */
size_t journal_index_find(
    struct journal_index *x, const struct journal_key *key, bool any, enum journal_line kind);

void journal_index_take(struct journal_index *x, size_t entry);   /* it serves nobody else */
void journal_index_retire(struct journal_index *x, size_t entry); /* it has a successor */

void journal_index_by_offset(struct journal_index *x); /* the entries; it is asked no more */
void journal_index_free(struct journal_index *x);

#endif
