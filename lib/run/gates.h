// SPDX-License-Identifier: MIT
/*
 * The gates of a run: one for each model, since quotas and capacity are a
 * model's, and around them what holds for the process: its bound, and the
 * user's own ceilings, evenly spaced. Here the engine's milliseconds become
 * the seconds of limit/.
 * May call: base, limit.
 */
#ifndef RUN_GATES_H
#define RUN_GATES_H

#include "base/buf.h"
#include "base/heap.h"
#include "limit/gate.h"

/* More models than this share the last gate. */
#define GATES_MAX 16

struct gates_config {
	size_t min, max;           /* calls in flight; equal: a fixed number */
	double per_second;         /* starts at most; 0: no ceiling */
	int64_t tokens_per_minute; /* of the input; 0: no ceiling */
	int64_t delay_ms;          /* between two starts */
	uint64_t seed;
};

/* What a gate lets through now. */
struct gate_view {
	double limit;  /* calls in flight */
	double rate;   /* a second; INFINITY: any */
	int64_t pause; /* nothing before */
	bool out;      /* the server is: one probe at a time */
};

struct gates {
	struct gates_config config;
	struct model_gate {
		struct buf model;
		struct gate gate;
		struct heap ready;     /* the engine's records that wait for this gate alone */
		struct gate_view told; /* what the meter has told of it */
		bool spent;            /* its quota is, for as long as the run goes on */
	} items[GATES_MAX];            /* count of them; each stays where it is */
	size_t count, in_flight, peak;
	double next;          /* earliest start by the user's own ceilings, in seconds */
	double tokens, bytes; /* of all answered requests, to estimate the tokens of the next */
};

void gates_init(struct gates *g, const struct gates_config *config);
void gates_free(struct gates *g);
struct model_gate *gates_of(struct gates *g, struct slice model);

/* now, the time when to ask again, or CLOCK_NEVER: not before a call in flight has ended. */
int64_t gates_when(struct gates *g, struct model_gate *m, int64_t now);
void gates_enter(struct gates *g, struct model_gate *m, int64_t now, size_t request_bytes,
    struct permit *permit);
void gates_leave(struct gates *g, struct model_gate *m, int64_t now, size_t request_bytes,
    const struct permit *permit, const struct feedback *feedback);

struct gate_view gates_view(const struct model_gate *m);

/* Of all models together. */
size_t gates_ready(const struct gates *g);
bool gates_are_growing(const struct gates *g);           /* one of them, at least */
bool gates_are_spent(const struct gates *g);             /* all of them */
bool gates_are_out(const struct gates *g);               /* each of them: the server is */
int64_t gates_pause(const struct gates *g, int64_t now); /* ms; 0: one of them has none */
double gates_limit(const struct gates *g);
double gates_rate(const struct gates *g); /* INFINITY: it is not the rate that holds calls up */

/* How many tokens a request has, by the answers so far. */
int64_t gates_tokens(const struct gates *g, size_t request_bytes);

#endif
