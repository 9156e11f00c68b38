// SPDX-License-Identifier: MIT
/*
 * Assertions of a library that takes some data for a mistake of its caller.
 *
 * While a trap is set, an assertion that fails, in the library or elsewhere, is
 * jumped out of, and nothing is printed; without one it aborts as ever. (A
 * handler of SIGABRT would also catch what malloc finds broken.)
 * May call: nothing.
 */
#ifndef BASE_ASSERTION_H
#define BASE_ASSERTION_H

#include <setjmp.h>

struct assertion_trap {
	jmp_buf out;           /* set by the caller before the trap */
	const char *assertion; /* its text, when it has failed: there is no data in it */
};

/* Sets the trap; NULL: none. It stays the caller's, and set, until the next call. */
void assertion_catch(struct assertion_trap *trap);

#endif
