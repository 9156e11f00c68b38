// SPDX-License-Identifier: MIT
/*
 * What the simulator says: deterministic, taken from the prompt, and marked.
 *
 * A choice ("one of: a, b, c") is answered with the listed word that the rest
 * of the prompt contains, alone, so that answers can be counted. "Count to 3"
 * and "Name 3 colors" are answered; for everything else the answer is a
 * sentence of the material (sim/summary).
 * May call: base/buf, base/num, sim/summary.
 */
#ifndef SIM_TALK_H
#define SIM_TALK_H

#include "sim/summary.h"

void sim_talk(struct slice prompt, struct buf *answer);

/* So many bytes of talk, on characters' boundaries as all of it is ASCII. */
void sim_talk_long(size_t bytes, struct buf *answer);

#endif
