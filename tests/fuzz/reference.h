// SPDX-License-Identifier: MIT
/*
 * What json_scan has to say of a text, found out in the plainest way: recursive
 * descent, byte by byte, written from the ABNF of RFC 8259 and RFC 3629 and
 * sharing no code with lib/. It is slow, and asks for nothing behind the text.
 */
#ifndef TESTS_FUZZ_REFERENCE_H
#define TESTS_FUZZ_REFERENCE_H

#include "text/json_scan.h" /* the words: values, flags, the ceiling of the depth */

/* As json_scan without wanted members: 0 with *whole, or -1 with the offset of the error. */
int reference_scan(struct slice text, struct json_value *whole, size_t *offset);

/* The last member of that name in a valid object; JSON_NONE for another kind, and when absent. */
struct json_value reference_get(const struct json_value *object, struct slice name);

#endif
