// SPDX-License-Identifier: MIT
/*
 * Random numbers: xoshiro256** (Blackman and Vigna, 2018), seeded through
 * splitmix64. Not for secrets. A zeroed struct must be seeded before use.
 * May call: nothing of ours.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_entropy(void); /* a seed from the kernel */
uint64_t rng_next(struct rng *r);
double rng_unit(struct rng *r);                    /* uniform in [0, 1) */
double rng_normal(struct rng *r);                  /* mean 0, standard deviation 1 */
uint64_t rng_below(struct rng *r, uint64_t bound); /* uniform in [0, bound), bound > 0 */

#endif
