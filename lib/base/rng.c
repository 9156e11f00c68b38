// SPDX-License-Identifier: MIT
/* The generator as published; seeds of any quality are spread by splitmix64. */
#include "base/rng.h"

#include <math.h>
#include <sys/random.h>

#include "base/clock.h"

static uint64_t
splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t
rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

void
rng_seed(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix(&seed);
}

uint64_t
rng_entropy(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)clock_us();
	return seed;
}

uint64_t
rng_next(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

double
rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

uint64_t
rng_below(struct rng *r, uint64_t bound)
{
	uint64_t rest = -bound % bound; /* 2^64 mod bound: rejected, so that none is favoured */
	uint64_t x;

	do
		x = rng_next(r);
	while (x < rest);
	return x % bound;
}

/* Box and Muller, 1958; one of the pair is thrown away to stay without state. */
double
rng_normal(struct rng *r)
{
	double radius = sqrt(-2 * log(1 - rng_unit(r)));

	return radius * cos(6.283185307179586 * rng_unit(r));
}
