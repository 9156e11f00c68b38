// SPDX-License-Identifier: MIT
/* libxxhash behind two calls, inline from its header: to load the library takes .5 ms. */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t
hash64(struct slice bytes, uint64_t seed)
{
	return XXH3_64bits_withSeed(bytes.p, bytes.n, seed);
}

void
hash_hex(const struct slice *parts, size_t count, char out[HASH_HEX_BYTES])
{
	XXH3_state_t state;
	XXH128_canonical_t digest;

	XXH3_INITSTATE(&state);
	XXH3_128bits_reset(&state);
	for (size_t i = 0; i < count; i++) {
		uint64_t n = parts[i].n; /* so that ("ab","c") is not ("a","bc") */

		XXH3_128bits_update(&state, &n, sizeof n);
		XXH3_128bits_update(&state, parts[i].p, parts[i].n);
	}
	XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(&state));
	for (size_t i = 0; i < sizeof digest.digest; i++) {
		*out++ = "0123456789abcdef"[digest.digest[i] >> 4];
		*out++ = "0123456789abcdef"[digest.digest[i] & 15];
	}
	*out = '\0';
}
