// SPDX-License-Identifier: MIT
/*
 * Directives: #sim:NAME or #sim:NAME=VALUE in a prompt asks the simulator for
 * something that the service does only now and then. gem-sim(1) lists them;
 * the table in directive.c is the same list.
 *
 * A plan is what the directives of one prompt add up to.
 * Slices borrow from the prompt. May call: base, sim/fault.
 */
#ifndef SIM_DIRECTIVE_H
#define SIM_DIRECTIVE_H

#include <stdint.h>

#include "sim/fault.h"

enum sim_shape { /* of a 200's content */
	SIM_PLAIN,
	SIM_BLOCK,
	SIM_SAFETY,
	SIM_MAXTOKENS,
	SIM_THINK,
	SIM_BUDGET,
	SIM_MULTIPART,
	SIM_EMPTY,
	SIM_MALFORMED,
	SIM_NOCAND,
	SIM_NOFINISH,
	SIM_FINISH,
	SIM_SURROGATE,
	SIM_BADUTF8,
	SIM_DUPKEY,
	SIM_TWOJSON,
	SIM_REORDER,
	SIM_BIGFRAME,
	SIM_HTML,
	SIM_REDIRECT,
	SIM_SHAPES,
};

#define SIM_WORD_BYTES 32

struct sim_plan {
	enum sim_shape shape;
	char finish[SIM_WORD_BYTES]; /* of SIM_FINISH */
	int64_t length;              /* bytes of the answer's text; 0: its own */
	struct slice echo;           /* the answer's text; absent: its own */
	int64_t slow_ms;             /* on top of the latency */
	bool split;                  /* pieces end inside characters */

	bool breaks; /* the body ends early: */
	enum sim_ending ending;
	int64_t after;       /* pieces before that ending */
	bool error_bare;     /* then an error in the stream, not framed */
	bool error_in_frame; /* the same inside data: */

	int64_t status;             /* an error with this status; 0: none */
	char error[SIM_WORD_BYTES]; /* an error by its name; empty: none */
	bool quota;                 /* the error is this refusal: */
	struct sim_refusal refusal;
	char retry_after[SIM_WORD_BYTES]; /* the header; empty: none */
	int64_t fails;                    /* only so many attempts go wrong; 0: all of them */
};

/*
 * Reads the directives of `text`, which lies in a struct buf, into *plan, on top of what is
 * there. False: one is unknown, or its value, as *refusal says.
 */
bool sim_plan_read(struct sim_plan *plan, struct slice text, struct sim_answer *refusal);

/*
 * Appends the text without its directives: an answer that repeats one would
 * set it off again in the next stage of a pipeline.
 */
void sim_plan_strip(struct slice text, struct buf *out);

/* What is to happen at this attempt, counted from 1, of the same body. */
void sim_plan_at(struct sim_plan *plan, uint64_t attempt);

bool sim_plan_fails(const struct sim_plan *plan); /* an error instead of a 200 */

#endif
