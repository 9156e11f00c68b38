// SPDX-License-Identifier: MIT
/* Slots, the queue before them, and a heap of what is due. */
#include "sim/service.h"

#include "base/clock.h"

static void
wake_at(struct sim_service *s, struct sim_job *job, int64_t at)
{
	if (job->due.place)
		heap_remove(&s->due, &job->due);
	job->due.at = at;
	if (at != CLOCK_NEVER)
		heap_add(&s->due, &job->due);
}

/* Of a job in service. */
static int64_t
next_step(const struct sim_job *job)
{
	if (job->step == job->steps)
		return CLOCK_NEVER;
	return job->started + job->duration * (int64_t)(job->step + 1) / (int64_t)job->steps;
}

static void
serve(struct sim_service *s, struct sim_job *job, int64_t now)
{
	job->state = SIM_JOB_SERVED;
	job->started = now;
	s->served++;
	wake_at(s, job, clock_earlier(next_step(job), job->expires));
}

static bool
slot_free(const struct sim_service *s)
{
	return s->slots == 0 || s->served < s->slots;
}

static void
leave_queue(struct sim_service *s, struct sim_job *job)
{
	TAILQ_REMOVE(&s->queue, job, queue);
	s->waiting--;
}

static void
fill_slots(struct sim_service *s, int64_t now)
{
	struct sim_job *next;

	while (slot_free(s) && (next = TAILQ_FIRST(&s->queue))) {
		leave_queue(s, next);
		serve(s, next, now);
	}
}

void
sim_service_remove(struct sim_service *s, struct sim_job *job, int64_t now)
{
	enum sim_job_state was = job->state;

	wake_at(s, job, CLOCK_NEVER);
	job->state = SIM_JOB_OUT;
	if (was == SIM_JOB_WAITING) {
		leave_queue(s, job);
	} else if (was == SIM_JOB_SERVED) {
		s->served--;
		fill_slots(s, now);
	}
}

void
sim_service_free(struct sim_service *s)
{
	heap_free(&s->due);
}

void
sim_service_resize(struct sim_service *s, int64_t slots, int64_t now)
{
	s->slots = slots;
	fill_slots(s, now);
}

bool
sim_service_admit(struct sim_service *s, struct sim_job *job, int64_t now)
{
	if (!slot_free(s)) {
		if (s->queue_max >= 0 && s->waiting >= s->queue_max)
			return false;
		job->state = SIM_JOB_WAITING;
		TAILQ_INSERT_TAIL(&s->queue, job, queue);
		s->waiting++;
		wake_at(s, job, job->expires);
	} else if (job->duration == 0 && !job->endless) {
		job->started = now;
		job->step = job->steps;
	} else {
		serve(s, job, now);
	}
	return true;
}

struct sim_job *
sim_service_next(struct sim_service *s, int64_t now)
{
	struct heap_node *first = heap_first(&s->due);
	struct sim_job *job = (struct sim_job *)first;

	if (!first || first->at > now)
		return NULL;
	if (job->state == SIM_JOB_WAITING || first->at < next_step(job)) {
		job->expired = true;
		sim_service_remove(s, job, now);
		return job;
	}
	job->step++;
	if (job->step < job->steps || job->endless)
		wake_at(s, job, next_step(job));
	else
		sim_service_remove(s, job, now);
	return job;
}

int64_t
sim_service_deadline(const struct sim_service *s)
{
	struct heap_node *first = heap_first(&s->due);

	return first ? first->at : CLOCK_NEVER;
}
