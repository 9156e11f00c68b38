// SPDX-License-Identifier: MIT
/*
 * Hashes of bytes by libxxhash (XXH3): not for secrets.
 * May call: base/buf.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/buf.h"

#define HASH_HEX_BYTES 33 /* 128 bits in hex and a NUL */

uint64_t hash64(struct slice bytes, uint64_t seed);

/* The 128-bit hash of several slices, each with its length, in canonical (big-endian) hex. */
void hash_hex(const struct slice *parts, size_t count, char out[HASH_HEX_BYTES]);

#endif
