// SPDX-License-Identifier: MIT
/*
 * The answer of a call that was let in: what chance and the prompt's
 * directives want it to be, made at once and kept until it is due.
 */
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"
#include "sim/reply.h"
#include "sim/sim.h"

/* Errors in the middle of a stream say what the service says there. */
#define MID_STREAM_ERROR "overloaded"

enum sim_form
sim_form_of(const struct sim_call *c)
{
	if (c->route.op != SIM_STREAM)
		return SIM_FORM_JSON;
	return c->head.alt && strcmp(c->head.alt, "sse") == 0 ? SIM_FORM_SSE : SIM_FORM_ARRAY;
}

/* The error that the plan asks for. */
static void
plan_error(struct sim_call *c)
{
	const struct sim_plan *p = &c->plan;

	if (p->quota)
		sim_fault_quota(&c->answer, &p->refusal, c->route.model->served);
	else if (p->error[0])
		sim_fault_name(&c->answer, p->error);
	else
		sim_fault_status(&c->answer, (int)p->status);
	if (p->retry_after[0])
		c->answer.retry_after = p->retry_after;
}

static void
plan_reply(struct sim_call *c, uint64_t id)
{
	struct sim_answer *a = &c->answer;
	enum sim_operation op = c->route.op;

	if (op == SIM_GENERATE || op == SIM_STREAM)
		sim_reply_generate(a, &c->ask, &c->plan, c->route.model, id, op == SIM_STREAM);
	else if (op == SIM_COUNT_TOKENS)
		sim_reply_count(a, &c->ask);
	else
		sim_reply_embed(a, &c->ask, op == SIM_EMBED_BATCH);
}

/* An error that comes when the answer has begun: as it is, or in a frame. */
static void
add_error(struct sim_answer *a, bool framed)
{
	struct sim_answer error = {0};

	sim_fault_name(&error, MID_STREAM_ERROR);
	if (framed) /* as an answer is */
		error.status = 200;
	sim_answer_dress(&error, SIM_FORM_SSE);
	buf_slice(&a->body, buf_view(&error.body));
	sim_answer_piece(a);
	sim_answer_free(&error);
}

/* Layout, then the damage that was asked for. */
static void
finish(struct sim_call *c)
{
	const struct sim_plan *p = &c->plan;
	struct sim_answer *a = &c->answer;
	enum sim_form form = sim_form_of(c);

	sim_answer_dress(a, form);
	if (p->breaks)
		sim_answer_break(a, form, p->ending, (size_t)p->after);
	if (p->error_bare || p->error_in_frame)
		add_error(a, p->error_in_frame);
	if (p->split)
		sim_answer_split_utf8(a);
	if (c->head.gzip)
		sim_answer_gzip(a);
}

/* What chance has in store for this attempt; the answer is made now, and kept until it is due. */
void
sim_prepare(struct sim *s, struct sim_call *c)
{
	const struct sim_options *o = s->options;
	uint64_t key = hash64(buf_view(&c->body), (uint64_t)o->seed);
	uint64_t attempt = sim_tally_add(&s->bodies, key, (struct slice){0});
	struct rng rng;
	double latency;

	rng_seed(&rng, key + attempt);
	latency = o->latency_ms * exp(o->sigma * rng_normal(&rng));
	sim_plan_at(&c->plan, attempt);
	c->job.duration = (int64_t)fmin(latency + (double)c->plan.slow_ms + 0.5, SIM_TIME_MOST_MS);
	if (rng_unit(&rng) < o->error_rate && !sim_plan_fails(&c->plan))
		c->plan.status = o->error_status;
	if (sim_plan_fails(&c->plan))
		plan_error(c);
	else
		plan_reply(c, rng_next(&rng));
	finish(c);
}
