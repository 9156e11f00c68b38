// SPDX-License-Identifier: MIT
/*
 * The Test Anything Protocol in one header: ok(condition, "sentence"), then
 * `return tap_done();`. Its counters are a test program's own.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static void
ok(bool condition, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("%sok %d - ", condition ? "" : "not ", ++tap_count);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	tap_failed += !condition;
}

__attribute__((unused)) static void
is_str(struct slice got, const char *expected, const char *name)
{
	bool same = slice_is(got, expected);

	ok(same, "%s", name);
	if (!same)
		printf("# got '%.*s', expected '%s'\n", (int)got.n, got.p ? got.p : "", expected);
}

__attribute__((unused)) static int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
