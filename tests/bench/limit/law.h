// SPDX-License-Identifier: MIT
/*
 * A law: how many calls in flight, and when. The shipped gate behind the same
 * small table as its rivals, so that each is driven by the same client.
 */
#ifndef BENCH_LAW_H
#define BENCH_LAW_H

#include <stddef.h>

#include "limit/gate.h"

struct sim;

struct law {
	const char *name;
	size_t size; /* of its state */
	void (*init)(void *state, const struct gate_config *config, struct sim *sim);
	double (*when)(void *state, double now);
	void (*sent)(void *state, double now, struct permit *permit);
	void (*done)(
	    void *state, double now, const struct permit *permit, const struct feedback *feedback);
	double (*limit)(const void *state);
	double (*rate)(const void *state);
	bool stops; /* its client ends when a daily quota is named */
};

extern const struct law law_gem; /* lib/limit/gate */
extern const struct law
    law_fixed; /* config.max, and pauses when it is told to: the gate's own -j N */
extern const struct law law_aimd;     /* Netflix concurrency-limits AIMDLimit */
extern const struct law law_vegas;    /* the same, VegasLimit */
extern const struct law law_gradient; /* the same, Gradient2Limit in a WindowedLimit */
extern const struct law law_inspect;  /* inspect_ai */
extern const struct law law_oumi;     /* Oumi */
extern const struct law law_aac;      /* PyPI adaptive-concurrency */
extern const struct law law_oracle;   /* knows the server: oracle.c; config.min is its factor */

#endif
