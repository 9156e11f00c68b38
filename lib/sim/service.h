// SPDX-License-Identifier: MIT
/*
 * The load model: how long a call takes when others are there too.
 *
 * `slots` calls are served at once, each for its own duration; the next ones
 * wait in a queue, first come first served, and when that is full a call is
 * turned away. An answer comes in one or more steps, spread evenly
 * over its duration. A call whose time is up before its first step expires.
 * Jobs live inside their calls and are borrowed while they are here.
 * Times are milliseconds, passed in. May call: base/heap.
 */
#ifndef SIM_SERVICE_H
#define SIM_SERVICE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/heap.h"

enum sim_job_state {
	SIM_JOB_OUT,     /* not here: not yet, served, expired or removed */
	SIM_JOB_WAITING, /* in the queue */
	SIM_JOB_SERVED,
};

struct sim_job {
	struct heap_node due; /* the first member: what the heap hands out is the job */
	TAILQ_ENTRY(sim_job) queue;
	enum sim_job_state state;
	int64_t duration; /* set before admission, as are the three below */
	int64_t expires;  /* CLOCK_NEVER: does not */
	size_t steps;
	bool endless;    /* keeps its slot when all steps are done */
	int64_t started; /* when it got its slot */
	size_t step;     /* steps done */
	bool expired;
};

struct sim_service {
	int64_t slots;     /* 0: as many as come */
	int64_t queue_max; /* negative: as many as come */
	int64_t served;    /* now, in slots */
	int64_t waiting;   /* in the queue */
	struct heap due;
	TAILQ_HEAD(, sim_job) queue; /* starts as TAILQ_HEAD_INITIALIZER */
};

void sim_service_free(struct sim_service *s);

/* Fewer slots: as the calls in them end. */
void sim_service_resize(struct sim_service *s, int64_t slots, int64_t now);

/*
 * False: turned away. True: taken; when all is done at once (no duration, a
 * free slot) the job is out again with every step done.
 */
bool sim_service_admit(struct sim_service *s, struct sim_job *job, int64_t now);

/* A job that made a step, or expired, by `now`; NULL when there is none. */
struct sim_job *sim_service_next(struct sim_service *s, int64_t now);
int64_t sim_service_deadline(const struct sim_service *s); /* of the next step, or CLOCK_NEVER */

/* Its client left; nothing if it is out. */
void sim_service_remove(struct sim_service *s, struct sim_job *job, int64_t now);

#endif
