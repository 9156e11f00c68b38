// SPDX-License-Identifier: MIT
/*
 * The FILE operands as one sequence of records.
 *
 * Files are opened one after the other; "-" is stdin, and so is an empty list.
 * A file that cannot be read is reported through the callback and the next
 * one is taken. A regular file is read up to the size that it had when it was
 * opened. Blank records (empty or blanks only; of tables, empty ones) are counted
 * and passed over.
 * May call: base, stream/reader.
 */
#ifndef STREAM_INPUT_H
#define STREAM_INPUT_H

#include "stream/reader.h"

/* What a record beyond record_max is rejected with. */
#define INPUT_TOO_LONG "longer than --max-record: it is passed over, and not kept"

struct input {
	char *const *files;
	size_t count;
	const char *list; /* of the files, which was read before; NULL: there is none */
	size_t at;        /* the file that is open, or the next one to open */
	enum reader_mode mode;
	size_t record_max;
	struct reader reader;
	bool open;
	uint64_t blanks;  /* passed over */
	uint64_t bytes;   /* of the files that are done */
	int64_t all;      /* bytes of all files; 0: not asked for yet, -1: not known */
	uint64_t records; /* handed out, those too long included */
	bool trouble;     /* a file could not be opened or read */
	void (*report)(const char *name, const char *reason); /* of such a file */
	/* set by the program: called before input_read waits, to flush; NULL: nothing */
	void (*before_wait)(void *context);
	void *context;
};

void input_init(struct input *in, enum reader_mode mode, char *const *files, size_t count,
    void (*report)(const char *name, const char *reason));
void input_free(struct input *in);

/* As reader_next, over all files. READER_MORE: wait until input_fd is readable, then input_fill. */
enum reader_status input_next(struct input *in, struct reader_record *out);
void input_fill(struct input *in);
int input_fd(const struct input *in);

/* How much of the input has been handed out: 0 to 1, by its bytes; -1: not known. */
double input_share(struct input *in);

/* The two in one, blocking: READER_RECORD, READER_TOO_LONG or READER_END. */
enum reader_status input_read(struct input *in, struct reader_record *out);

/* Is the regular file that fd writes to one of the input's, or their list? It would never end. */
#define INPUT_IS_OUTPUT "standard output is a file that is read as input too"
bool input_reads(const struct input *in, int fd);

/* The name of the file that the last record came from: "-" for stdin. */
const char *input_name(const struct input *in);

#endif
