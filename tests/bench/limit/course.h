// SPDX-License-Identifier: MIT
/*
 * A value over the time of a run: how many slots, how fast, what quota.
 *
 * {.value = 8} stands still. `then` are steps (at so many seconds, this value);
 * with .ramp the value goes in straight lines from one to the next. With
 * .period the whole repeats. .wander multiplies it by exp(wander * w), w the
 * run's own random path of about unit variance. A zeroed course is 0: none.
 */
#ifndef BENCH_COURSE_H
#define BENCH_COURSE_H

#include <stdbool.h>

#include "base/rng.h"

#define COURSE_STEPS 8
#define PATH_STEPS 128 /* of the random path, over the run */

struct course {
	double value;
	struct {
		double at, value;
	} then[COURSE_STEPS]; /* in the order of time; at 0: no more */
	bool ramp;
	double period; /* seconds; 0: does not repeat */
	double wander;
};

struct path {
	double seconds;
	double w[PATH_STEPS];
};

void path_init(struct path *p, double seconds, struct rng *random);
double course_at(const struct course *c, const struct path *p, double t);
unsigned course_changes(const struct course *c); /* steps in a period; 0: it stands still */

#endif
