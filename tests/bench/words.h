// SPDX-License-Identifier: MIT
/*
 * Text that a branch predictor cannot learn: sentences of invented words.
 *
 * Each script has a vocabulary of its own, out of which words are drawn as they
 * are in languages, the k-th as often as 1/k (Zipf). A share of the characters
 * is not ASCII: whenever there are too few of them, the next sentence is in a
 * foreign script. All is written as the inside of a JSON string.
 */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include "base/buf.h"
#include "base/rng.h"

#define WORDS 4096 /* a script's */
#define SCRIPTS 7  /* the first is ASCII */

struct vocabulary {
	struct buf letters;         /* the words, one after the other */
	uint32_t starts[WORDS + 1]; /* where each begins in them; the last is their end */
};

struct words {
	struct rng rng;
	double share; /* of the characters that is not to be ASCII, 0 to 1 */
	uint64_t characters, foreign;
	size_t counted; /* bytes of the record at work that are in these two */
	struct vocabulary scripts[SCRIPTS];
};

void words_init(struct words *w, uint64_t seed, double share);
void words_free(struct words *w);

/* All of a record goes to one `out`, whatever else stands between the texts. */
void words_one(struct words *w, struct buf *out); /* a word of ASCII letters, or an escape */
void words_sentence(struct words *w, struct buf *out);
void words_text(struct words *w, struct buf *out, size_t bytes); /* at least so many */
void words_end(struct words *w, const struct buf *out);          /* the record is complete */

#endif
