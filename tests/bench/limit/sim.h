// SPDX-License-Identifier: MIT
/*
 * A run: a client under a law against a server, on a virtual clock.
 *
 * Everything that happens is an event in one heap. Same server and seed: the
 * same calls, of the same length, for each law. client.c is our side of the
 * wire, house.c the server's, with its rooms in meter.c and room.c; laws stand
 * in gem.c, netflix.c, peers.c, aac.c and oracle.c, servers in servers_*.c, and
 * score.c judges.
 */
#ifndef BENCH_SIM_H
#define BENCH_SIM_H

#include "base/heap.h"
#include "law.h"
#include "limit/histogram.h"
#include "meter.h"
#include "server.h"

#define REPLICAS 8
#define BINS 4000   /* of a run, for the time to 90 % */
#define TICKS 2000  /* of a run: so often a course is looked at */
#define ENDLESS 1e4 /* a demand of so many calls a second has no end */

struct sim;

struct event {
	struct heap_node node; /* first; nanoseconds */
	void (*fire)(struct sim *, struct event *);
};

/* One record and its present attempt. */
struct call {
	struct event event;   /* first: an answer under way, the end of a backoff, or of patience */
	struct event timeout; /* the client's */
	struct heap_node finish; /* in the room: nanoseconds of work */
	struct call *next, *prev;
	struct call *all; /* chain of all, to free them */
	struct room *room;
	double work, tokens; /* seconds alone; as the server counts */
	double sent;
	unsigned refusals, failures; /* of the record, for its backoff */
	bool foreign; /* of another client, or given up by ours: nobody waits for it */
	bool fails;   /* when its work is done */
	bool inside;  /* the house */
	bool ours;    /* the refusal is of our making */
	bool day;     /* it names a daily quota */
	struct permit permit;
	struct feedback feedback;
};

struct calls { /* a queue */
	struct call *first, *last;
	unsigned count;
};

struct room {              /* a replica at work: room.c */
	struct event next; /* first: the call that is done next */
	struct heap running;
	struct calls waiting;
	double done, at;       /* seconds of work done for each running call, up to this time */
	double slots;          /* in force */
	double grown, changed; /* slots that were added, and since when that would change */
};

struct score {
	uint64_t sent, useful, lost;
	uint64_t refused;         /* of our own making */
	double seconds;           /* that the run took */
	double held;              /* sum of latencies, of refusals too */
	double in_flight;         /* at the ticks of the second half, added up */
	uint64_t to_six;          /* calls that had ended when six were first in flight; 0: never */
	struct histogram latency; /* of answers, microseconds */
	double bins[BINS];        /* answers over the time */
};

struct sim {
	const struct server *server;
	const struct law *law;
	void *state; /* the law's */
	double now;
	struct heap events;
	uint64_t rank;
	struct event tick, arrival, other, wake;
	struct rng chance, lengths, jitter; /* the server's, the calls', the client's */
	struct path path;
	bool ended;

	/* the house */
	struct room rooms[REPLICAS];
	struct meter meters[QUOTAS];
	unsigned replicas, turn;
	unsigned inside;
	bool down;
	double down_known; /* when the first refusal of this outage was delivered */
	double best;       /* fewest in flight for all of its throughput, now */
	double best_slots; /* for which that was found */

	/* the client */
	unsigned in_flight;
	bool spent;         /* the day is over */
	double available;   /* calls that have come and were never sent; INFINITY */
	struct call *fresh; /* the next of them */
	struct calls ready; /* their backoff is over */
	struct call *free, *all;
	struct score score;

	double trace, trace_at; /* print a line so often; 0: never */
	struct score before;
};

/* seed: of the run. factor and max bound the law; trace: seconds between two lines, or 0. */
void sim_run(struct sim *s, const struct server *server, const struct law *law,
    const struct gate_config *config, uint64_t seed, double trace);

/* for the sides of the wire */
void sim_at(struct sim *s, struct event *e, double t, void (*fire)(struct sim *, struct event *));
void sim_cancel(struct sim *s, struct event *e);
double sim_course(const struct sim *s, const struct course *c); /* now */
double sim_lognormal(struct rng *random, double mean, double sigma);
double sim_work(struct rng *random, const struct server *v); /* seconds of a call alone */
struct call *sim_draw(struct sim *s, struct rng *random);
void sim_give(struct sim *s, struct call *c);

void client_start(struct sim *s);
void client_dispatch(struct sim *s);
struct call *client_next(struct sim *s); /* whose turn it is, or NULL; it stays where it is */
void client_answer(struct sim *s, struct call *c); /* its outcome has come */
void client_event(struct sim *s, struct event *e); /* the same, as an event of the call */

void house_start(struct sim *s);
void house_tick(struct sim *s);
void house_arrive(struct sim *s, struct call *c);
double house_wait(
    struct sim *s, const struct call *c);         /* until it would be let in; nothing is changed */
void house_finish(struct sim *s, struct call *c); /* its work is done, or it was dropped */
void house_drop(struct sim *s, struct call *c);   /* waited too long */

void room_tick(struct sim *s, struct room *r);
void room_enter(struct sim *s, struct room *r, struct call *c);
void room_leave(struct sim *s, struct call *c); /* before its work is done */
bool room_full(const struct sim *s, const struct room *r);
double room_best(
    const struct sim *s, double slots); /* fewest calls for (nearly) all of its throughput */

void calls_add(struct calls *q, struct call *c, bool first);
void calls_remove(struct calls *q, struct call *c);

#endif
