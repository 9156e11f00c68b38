// SPDX-License-Identifier: MIT
/*
 * The output of gem-split and gem-merge: records to standard output, rejected ones
 * kept and told, and an account of all that came in.
 * May call: base, stream.
 */
#ifndef STREAM_OUTPUT_H
#define STREAM_OUTPUT_H

#include "stream/rejects.h"

/*
 * What became of the records that came in: nothing is lost without a word.
 * in = used + dropped (by a filter or a choice) + rejected + blank; that is asserted.
 */
struct account {
	uint64_t in, used, dropped, rejected, blank;
};

struct output {
	/* set by the program */
	const char *rejects_path; /* NULL: rejected records are not kept */
	bool verbose;
	void (*warn)(const char *format, ...) __attribute__((format(printf, 1, 2)));
	/* inner */
	struct writer writer; /* standard output */
	struct rejects rejects;
	struct account account;
};

/*
 * Opens the outputs. A file that is read as input too is not written: -1 with the
 * reason. An output that cannot be written is left to writer.error.
 */
int output_open(struct output *o, const struct input *input, struct buf *reason);

void output_reject(struct output *o, const struct reject *what);

/* Writes all that is due: before the program waits, or dies. The context is a struct output. */
void output_flush(void *output);

/*
 * The last act: closes both, and tells what became of the records, of which `in`
 * were read, `blank` of them blank; `out` is told as "N out", if it is not
 * UINT64_MAX. False when rejected records were not kept; writer.error is set when
 * the output has failed.
 */
bool output_close(struct output *o, uint64_t in, uint64_t blank, uint64_t out);

#endif
