// SPDX-License-Identifier: MIT
/*
 * The sentence that stands for a text: of those that are neither too short
 * nor too long, the one with the most of the text's frequent words (H. P.
 * Luhn's way of 1958); of equals the first.
 *
 * Answers that were put together are taken as one text, without their marks.
 * May call: base/buf, base/hash, sim/tally.
 */
#ifndef SIM_SUMMARY_H
#define SIM_SUMMARY_H

#include "base/buf.h"

#define SIM_MARK "[simulated] "

/* The prompt's instruction, a short first line or what stands before a colon in it, is left out. */
void sim_summarise(struct slice prompt, struct buf *answer);

/* Small change of text, for sim/talk too. */
bool sim_is_blank(char c);
bool sim_is_letter(char c); /* a digit and any character that is not ASCII are letters */
struct slice sim_from(struct slice s, size_t at);
struct slice sim_trim(struct slice s);

#endif
