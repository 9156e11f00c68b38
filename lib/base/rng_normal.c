// SPDX-License-Identifier: MIT
/* Box and Muller, 1958; one of the pair is thrown away to stay without state. */
#include <math.h>

#include "base/rng.h"

double
rng_normal(struct rng *r)
{
	double radius = sqrt(-2 * log(1 - rng_unit(r)));

	return radius * cos(6.283185307179586 * rng_unit(r));
}
