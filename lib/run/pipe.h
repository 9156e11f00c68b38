// SPDX-License-Identifier: MIT
/*
 * The engine's port over streams: input lines become records, settled records
 * become output lines, in the order of completion or of the input. If there is a journal, each is
 * first a line of it: nothing is written elsewhere that is not on the disk.
 * May call: base, stream, record, run/engine.
 */
#ifndef RUN_PIPE_H
#define RUN_PIPE_H

#include "record/summary.h"
#include "run/resume.h"
#include "stream/rejects.h"
#include "stream/reorder.h"
#include "stream/writer.h"

struct pipe {
	/* set by the program */
	struct input input;
	struct writer writer;
	struct resume *resume; /* the journal of earlier runs and this one; NULL: none is kept */
	bool file_only;        /* nothing is written to standard output, the writer is not used */
	bool has_key;          /* without one no record is read */
	bool keep_order;
	uint64_t window; /* with keep_order: how far ahead of the oldest record in flight */
	bool raw;        /* the text of answers alone */
	enum emit emit;
	int signal_fd;
	struct meter meter;
	void (*warn)(const char *format, ...) __attribute__((format(printf, 1, 2)));
	void (*say)(const char *format, ...) __attribute__((format(printf, 1, 2)));
	/* results */
	struct summary summary;
	bool keyless; /* there was a record, and no key to call with: nothing was done */
	int signal;   /* the first that came */
	/* inner */
	struct reorder reorder;
	struct rejects bad; /* lines that make no request: what was said of them */
	struct buf line;    /* the result under construction */
	uint64_t next_seq;
	unsigned interrupts;
	bool replaced_warned, duplicate_warned, model_warned, other_warned;
};

struct engine_port pipe_port(struct pipe *p);

/*
 * After the run: what keep_order still holds after gaps, then the checked
 * close; -1 with errno. abandon: what the reader has not taken is given up.
 */
int pipe_close(struct pipe *p, bool abandon);

#endif
