// SPDX-License-Identifier: MIT
/* Libraries find our __assert_fail before the C library's. */
#include "base/assertion.h"

#include <assert.h>
#include <stddef.h>

/* At file scope, because an assertion brings nothing that leads to a caller's. */
static struct assertion_trap *set;

void
assertion_catch(struct assertion_trap *trap)
{
	set = trap;
}

void
__assert_fail(const char *assertion, const char *file, unsigned line, const char *function)
{
	(void)function;
	if (!set)
		__assert(assertion, file, (int)line); /* the C library's, which aborts */
	set->assertion = assertion;
	longjmp(set->out, 1);
}
