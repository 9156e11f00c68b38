// SPDX-License-Identifier: MIT
/*
 * A server, as the tables of servers describe it: rooms that a call goes
 * through in this order, each of which may be empty.
 *
 *     fault     down, or a failure by chance
 *     cap       so many calls at once, the rest is refused
 *     quotas    calls or tokens in a time
 *     service   queue, slots, and how fast a call is served beside others
 *
 * and the demand that the client has. A new server is a new struct server.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include "course.h"

enum order { ORDER_FIFO, ORDER_LIFO };

enum balance { BALANCE_RANDOM, BALANCE_ROUND, BALANCE_LEAST };

struct service {             /* of one replica */
	struct course slots; /* calls served at once, the others wait; 0: all are served */
	enum order order;    /* of those that wait */
	unsigned queue;      /* so many may wait, further ones get 503 at once; 0: any number */
	double patience;     /* a call that has waited so long gets 503; 0: waits for ever */
	double cores; /* processor sharing: n calls go at min(1, cores/n); 0: each at full speed */
	double batch; /* a step of n calls takes 1 + batch (n - 1): continuous batching */
	double knee,
	    thrash; /* all go slower by 1 + thrash (n/knee - 1) with n > knee in the house */
	double grow,
	    grow_max; /* slots x 1.25 after `grow` seconds busy, back after so long idle; at most grow_max */
	unsigned replicas; /* 0 is 1 */
	enum balance balance;
	double weak; /* the speed of the first replica, x; 0: as the others */
};

enum window { WINDOW_BUCKET, WINDOW_FIXED, WINDOW_SLIDING, WINDOW_COUNTER };
enum counted { COUNTED_BEFORE, COUNTED_AFTER, COUNTED_RESERVED };
enum hint { HINT_NONE, HINT_EXACT, HINT_ROUNDED, HINT_CONSTANT, HINT_TIMES };

struct quota {
	struct course limit; /* in a window; 0: no quota */
	enum window window;  /* how it refills: see quota.c */
	double seconds;      /* of a window */
	double burst;        /* of a bucket; 0: the limit */
	bool tokens;         /* counts tokens, not calls */
	enum counted counted;
	double reserve;   /* COUNTED_RESERVED: taken at the start, the rest given back at the end */
	bool refused_too; /* refused calls count as well */
	bool day;         /* does not refill in our time; named as such */
	bool named, valued; /* the refusal names the unit, the quota */
	enum hint hint;
	double hint_s; /* HINT_CONSTANT: seconds; HINT_TIMES: x the truth */
};

#define QUOTAS 2

struct cap {
	struct course calls; /* 0: none */
	int status;          /* 429 or 503 */
	double hint;
};

struct fault {
	struct course chance; /* of a failure */
	int status;           /* 429, or 0: 5xx */
	bool named;           /* by a 429, though there is no quota */
	double hint;
	bool late;          /* after the work, not before it */
	struct course hang; /* chance of an answer that never comes */
	struct course down; /* 1: nothing is let in */
	bool lost;          /* what was in flight when it went down is lost */
};

struct demand {
	unsigned total;     /* calls in all; 0: endless */
	struct course rate; /* calls that come, a second; 0: all are there */
};

struct server {
	const char *name;
	double seconds;             /* of the run */
	double base, sigma;         /* a call alone: mean time, and sigma of its logarithm */
	double tokens, token_sigma; /* of a call; 0: 1000, .5 */
	struct course length;       /* of answers, x base; 0: 1 */
	struct {
		double share, times;
	} quick;              /* such a share of the calls takes base x times: a cache */
	struct course speed;  /* 0: 1 */
	struct course others; /* calls a second that other clients send */
	struct service service;
	struct cap cap;
	struct quota quota[QUOTAS];
	struct fault fault;
	struct demand demand;
	/* What the law must reach there at least, or at most, whatever the seeds: unit/test_law.c. */
	struct {
		double goodput, refused, p95;
	} due;
};

struct half {
	const char *name;
	const struct server *servers;
	unsigned count;
};

extern const struct half half_tune, half_kept, half_field, half_blind;
extern const struct half *const halves[]; /* them all; NULL behind the last */

#endif
