// SPDX-License-Identifier: MIT
/* The random path is an AR(1) walk that forgets in a sixth of the run. */
#include "course.h"

#include <math.h>

#define MEMORY .95

void
path_init(struct path *p, double seconds, struct rng *random)
{
	double w = rng_normal(random);

	p->seconds = seconds;
	for (int i = 0; i < PATH_STEPS; i++) {
		p->w[i] = w;
		w = MEMORY * w + sqrt(1 - MEMORY * MEMORY) * rng_normal(random);
	}
}

static double
wander_at(const struct path *p, double t)
{
	int i = (int)(t / p->seconds * PATH_STEPS);

	return p->w[i < PATH_STEPS ? i : PATH_STEPS - 1];
}

double
course_at(const struct course *c, const struct path *p, double t)
{
	double value = c->value, from = 0;

	if (c->period > 0)
		t = fmod(t, c->period);
	for (int i = 0; i < COURSE_STEPS && c->then[i].at > 0; i++) {
		double at = c->then[i].at, next = c->then[i].value;

		if (t < at) {
			if (c->ramp)
				value += (next - value) * (t - from) / (at - from);
			break;
		}
		value = next;
		from = at;
	}
	return c->wander > 0 ? value * exp(c->wander * wander_at(p, t)) : value;
}

unsigned
course_changes(const struct course *c)
{
	unsigned n = 0;

	while (n < COURSE_STEPS && c->then[n].at > 0)
		n++;
	return n;
}
