// SPDX-License-Identifier: MIT
/*
 * Going on where an earlier run was stopped: its answers, out of the file that it kept them in.
 *
 * A record takes a stored answer to the same request, first of all the one under its own id. If
 * there are only some under other ids it is put off, in a file that has no name, until the input
 * has ended and each has taken its own; then it takes one that is left. A file that has answers,
 * but none to these records, is warned of: with other options the same input is other requests,
 * which are paid.
 * May call: base, stream, record/stored, run/engine's words.
 */
#ifndef RUN_RESUME_H
#define RUN_RESUME_H

#include "record/stored.h"
#include "run/engine.h"
#include "stream/input.h"
#include "stream/spill.h"

struct resume {
	/* set by the program */
	bool at_once; /* nothing is put off: the order of the output would wait for it */
	void (*warn)(const char *format, ...) __attribute__((format(printf, 1, 2)));
	/* inner */
	struct journal journal;
	struct spill later; /* records that were put off … */
	uint64_t later_at;  /* … and the next of them */
	bool ended;         /* the input has: they come back */
	uint64_t asked;     /* for how many records an answer was looked for */
};

/*
 * Borrows the path. -1 with the reason, also when the file is one of the input's, or is what
 * `output` (-1: nothing) writes to. What was passed over in it is warned of.
 */
int resume_open(struct resume *r, const char *path, bool retry_failed, const struct input *input,
    int output, struct buf *reason);

/* Sets t->key, for the answer that is looked for and for the line of a new one. */
enum stored resume_take(struct resume *r, struct task *t);

/* After the end of the input: the next record that was put off, as it was; false: none is left. */
bool resume_next(struct resume *r, struct record *record);

/* Closes the file, checked: -1 with errno. */
int resume_close(struct resume *r);

#endif
