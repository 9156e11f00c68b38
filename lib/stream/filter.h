// SPDX-License-Identifier: MIT
/*
 * What gem-split and gem-merge have in common: records out, rejected ones kept,
 * and an account of all.
 * May call: base, stream.
 */
#ifndef STREAM_FILTER_H
#define STREAM_FILTER_H

#include "stream/rejects.h"

/*
 * What became of the records that came in: nothing is lost without a word.
 * in = used + dropped (by a filter or a choice) + rejected + blank; that is asserted.
 */
struct account {
	uint64_t in, used, dropped, rejected, blank;
};

struct filter {
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
int filter_open(struct filter *f, const struct input *input, struct buf *reason);

void filter_reject(struct filter *f, const struct reject *what);

/* Writes all that is due: before the program waits, or dies. The context is a struct filter. */
void filter_flush(void *filter);

/*
 * The last act: closes both, and tells what became of the records, of which `in`
 * were read, `blank` of them blank; `out` is told as "N out", if it is not
 * UINT64_MAX. False when rejected records were not kept; writer.error is set when
 * the output has failed.
 */
bool filter_close(struct filter *f, uint64_t in, uint64_t blank, uint64_t out);

#endif
