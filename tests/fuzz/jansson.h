// SPDX-License-Identifier: MIT
/* What another parser, the strictest of Debian's, says of a text. */
#ifndef TESTS_FUZZ_JANSSON_H
#define TESTS_FUZZ_JANSSON_H

#include <stddef.h>

enum jansson_verdict {
	JANSSON_ABSENT, /* the library is not there */
	JANSSON_ACCEPTS,
	JANSSON_ACCEPTS_NUL, /* a text with a NUL byte in it */
	JANSSON_REFUSES,
	JANSSON_REFUSES_NUMBER, /* out of its range */
	JANSSON_REFUSES_NAME,   /* with \u0000 in it */
};

enum jansson_verdict jansson_judge(const char *text, size_t n);

#endif
