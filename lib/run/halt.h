// SPDX-License-Identifier: MIT
/*
 * --halt: how many failures end a run, in the words of GNU parallel.
 * May call: base/num.
 */
#ifndef RUN_HALT_H
#define RUN_HALT_H

#include <stdbool.h>
#include <stdint.h>

struct halt {
	bool now;     /* calls in flight are cancelled; else they may end */
	bool percent; /* of the results */
	int64_t fail; /* so many; 0: never */
};

/* "soon,fail=N", "now,fail=N%": -1 when the text is neither. */
int halt_parse(struct halt *h, const char *text);

bool halt_is_due(const struct halt *h, uint64_t failed, uint64_t results);

#endif
