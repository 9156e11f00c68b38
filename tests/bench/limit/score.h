// SPDX-License-Identifier: MIT
/*
 * A run in four numbers.
 *
 *   goodput   useful answers in the time, against the clairvoyant's on the same
 *             seed (the best of some factors: oracle.c), at most 1
 *   refused   refusals of our own making, without those from which alone a
 *             quota or a cap can be learned (one each, and one for each time
 *             that it changes), against the calls sent
 *   p95       of answers, against calls alone on an idle server at any time of
 *             the run
 *   t90       service times until the answers first come at 90 % of the rate of
 *             the second half
 */
#ifndef BENCH_SCORE_H
#define BENCH_SCORE_H

#include "sim.h"

#define AUTO_MOST 256 /* calls in flight: gem-call's own bound of -j auto */

struct figures {
	double goodput, refused, p95, t90;
};

/* What a perfect client gets, and how long a call takes alone: once for a server and seed. */
struct reference {
	double rate, p95;
};

/* For a mean: adds such a share of them. */
void figures_add(struct figures *sum, const struct figures *f, double share);

struct reference reference_of(const struct server *v, uint64_t seed);
struct figures figures_of(const struct server *v, const struct score *s, const struct reference *r);
struct figures judge(const struct server *v, const struct law *law,
    const struct gate_config *config, uint64_t seed, const struct reference *r);

#endif
