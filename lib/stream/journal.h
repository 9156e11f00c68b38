// SPDX-License-Identifier: MIT
/*
 * The file that a run keeps its results in: appended to, and read at the start of the next run.
 *
 * One result is one line, and a line counts when its newline is there. Lines are added to memory;
 * journal_commit writes all of them and waits once until they are on the disk, and only then may
 * anybody else see them. At the start the torn end of a last write is cut off; a line in the middle
 * that is none of ours is passed over, counted, and left where it is. What a line says is the
 * caller's to read: here an index is kept of which request each answers (48 bytes a line), not the
 * lines themselves.
 *
 * While a run goes on lines are only added. A failure that is called again (JOURNAL_RETRY) stands
 * until its successor does; a kill may leave both, and the next run takes a later line of the same
 * request and id to be in its place, and so for any failure an answer at the same place of the
 * input. An answer that another record takes stands as it is until the end. What has a successor
 * then is taken out: the file is written anew without it, beside itself, and put in its own place.
 *
 * Errors stay: after the first one nothing is written any more.
 * May call: base, stream/reader, stream/spill, stream/journal_index, stream/journal_file.
 */
#ifndef STREAM_JOURNAL_H
#define STREAM_JOURNAL_H

#include "stream/journal_index.h"
#include "stream/spill.h"

enum journal_claim {
	JOURNAL_NONE,   /* no answer to that request: it is to be called */
	JOURNAL_FOUND,  /* it is the caller's now, and serves nobody else */
	JOURNAL_OTHERS, /* there are some, under other ids */
};

struct journal {
	int fd;
	int error; /* errno of the first failure; ESTALE: the path has another file, or none */
	const char *where; /* it was, to be put in front; "": in the file itself */
	const char *path;
	struct buf pending; /* whole lines, not yet written */
	uint64_t end;       /* bytes of whole lines in the file */
	struct journal_index index;
	struct spill adopted; /* lines that come at the end */
	bool retry_failed;    /* no failure serves a record */
	bool met;             /* one of its requests has been asked for */
	uint64_t strangers;   /* lines that were passed over */
	uint64_t torn;        /* bytes that were cut off */
};

/* Reads a line without its newline, and for the first three kinds fills the key. */
typedef enum journal_line journal_reader(struct slice line, struct journal_key *key);

/* What waits for its place in the file, and may have no room there. */
#define JOURNAL_SPILL "what is to go into it lies in TMPDIR: "

/* The first one stays. -1 with errno. */
int journal_fail(struct journal *j, int error, const char *where);

/*
 * Opens the file, which is made if need be, and locks it for as long as it is open. Nothing is
 * changed yet: the caller looks first whether it reads the same file. The path is borrowed.
 * -1 with the reason, as the next one.
 */
int journal_open(struct journal *j, const char *path, struct buf *reason);

/* Refuses a file that has lines, and none of ours. `retry_failed`: no failure serves a record. */
int journal_load(struct journal *j, journal_reader *read, bool retry_failed, struct buf *reason);

/*
 * An answer to the request under that id, or else, with `any`, under whichever. *entry is for
 * journal_read.
 */
enum journal_claim journal_claim(
    struct journal *j, const struct journal_key *key, bool any, size_t *entry);

/* Appends the line without its newline. -1 with errno. */
int journal_read(struct journal *j, size_t entry, struct buf *out);

/*
 * A line, without its newline, that succeeds a failure of the key, or else of its request. One to be
 * called again is not added where that failure counts, which stays.
 */
void journal_add(
    struct journal *j, const struct journal_key *key, enum journal_line kind, struct slice line);

/* The line takes the place of a claimed answer, which is the key's now, at journal_close. */
int journal_adopt(
    struct journal *j, size_t entry, const struct journal_key *key, struct slice line);

/* Lines of requests that nobody has asked for. */
size_t journal_others(const struct journal *j);

/* All that was added is on the disk: 0, or -1 with errno. It is not tried again. */
int journal_commit(struct journal *j);

/* Commits, closes and frees: -1 with errno, which stays in j->error. */
int journal_close(struct journal *j);

#endif
