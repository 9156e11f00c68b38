// SPDX-License-Identifier: MIT
/*
 * What fuzz targets share: a check that ends the program, wherever assert would
 * be compiled out, and texts that stand in memory as lib/ asks for.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(condition) \
	((condition) ? (void)0 \
		     : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), \
			   abort()))

/*
 * A copy with the control byte behind it and what is worst behind that: bytes
 * that go on with any token. Nothing else is allocated, so AddressSanitizer sees
 * what is read beyond. The caller frees p.
 */
static inline struct slice
padded(const void *bytes, size_t n, char control)
{
	static const char on[JSON_PAD + 1] = "?1\"\\e9}\xbf\xbf\xbf]u0,:f";
	char *copy = mem_resize(NULL, n + JSON_PAD, 1);

	memcpy(copy, bytes, n);
	memcpy(copy + n, on, JSON_PAD);
	copy[n] = control;
	return (struct slice){copy, n};
}

#endif
