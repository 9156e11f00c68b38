// SPDX-License-Identifier: MIT
/* Our own __assert_fail: the linker finds it before the C library's, so that libraries call it. */
#include "base/assertion.h"

#include <assert.h>
#include <stddef.h>

/* At file scope: __assert_fail is handed nothing by which it could find its caller's trap. */
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
