// SPDX-License-Identifier: MIT
#include "sim/sim.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/rng.h"
#include "sim/reply.h"

/* Bodies whose attempts are counted; later ones are at their first attempt for ever. */
#define BODIES_MAX ((size_t)1 << 20)

/* Errors in the middle of a stream say what the service says there. */
#define MID_STREAM_ERROR "overloaded"

void
sim_init(struct sim *s, const struct sim_options *o, int64_t now)
{
	*s = (struct sim){
	    .options = o,
	    .started = now,
	    .service = {.slots = o->slots, .places = o->queue},
	    .quota = {.rpm = o->rpm, .tpm = o->tpm, .rpd = o->rpd, .burst = o->burst},
	    .bodies = {.max = BODIES_MAX},
	};
	sim_stats_init(&s->stats);
}

void
sim_free(struct sim *s)
{
	sim_service_free(&s->service);
	sim_quota_free(&s->quota);
	sim_stats_free(&s->stats);
	sim_tally_free(&s->bodies);
}

void
sim_call_free(struct sim_call *c)
{
	sim_ask_free(&c->ask);
	sim_answer_free(&c->answer);
	buf_free(&c->body);
}

static bool
generates(const struct sim_call *c)
{
	return c->route.op == SIM_GENERATE || c->route.op == SIM_STREAM;
}

static enum sim_form
form_of(const struct sim_call *c)
{
	if (c->route.op != SIM_STREAM)
		return SIM_FORM_JSON;
	return c->head.alt && strcmp(c->head.alt, "sse") == 0 ? SIM_FORM_SSE : SIM_FORM_ARRAY;
}

static bool
check_key(const struct sim *s, struct sim_call *c)
{
	const char *key = c->head.key;

	if (!key || !*key)
		sim_fault_name(&c->answer, "unregistered");
	else if (s->options->key && strcmp(key, s->options->key) != 0)
		sim_fault_name(&c->answer, strncmp(key, "AQ.", 3) == 0 ? "token" : "key");
	else
		return true;
	return false;
}

static bool
check_model(struct sim_call *c)
{
	const struct sim_route *r = &c->route;

	if (r->op == SIM_MODEL_LIST || r->model)
		return true;
	sim_fault_missing(&c->answer,
	    "models/%.*s is not found for API version %.*s, or is not supported for %s. Call "
	    "ListModels to "
	    "see the list of available models and their supported methods.",
	    (int)r->id.n, r->id.p, (int)r->version.n, r->version.p, r->method);
	return false;
}

/* The body, and the directives in it. */
static bool
check_body(struct sim *s, struct sim_call *c)
{
	struct slice body = buf_view(&c->body);
	struct buf error = {0};
	bool good;

	if (c->body.over) {
		sim_fault_bad(&c->answer, "Request payload size exceeds the limit: %zu bytes.",
		    SIM_BODY_MAX_BYTES);
		return false;
	}
	if (!sim_ask_read(&c->ask, c->route.op, body, &c->answer))
		return false;
	sim_stats_prompt(&s->stats, buf_view(&c->ask.prompt));
	good = sim_plan_read(&c->plan, buf_view(&c->ask.system), &error) == 0 &&
	       sim_plan_read(&c->plan, buf_view(&c->ask.prompt), &error) == 0;
	if (!good)
		sim_fault_bad(&c->answer, "%s", error.data);
	buf_free(&error);
	return good;
}

static bool
check_outage(const struct sim *s, struct sim_call *c, int64_t now)
{
	int64_t since = now - s->started;

	if (since < s->options->outage_from_ms || since >= s->options->outage_to_ms)
		return true;
	sim_fault_status(&c->answer, 503);
	return false;
}

static bool
check_quota(struct sim *s, struct sim_call *c, int64_t now)
{
	const char *model = c->route.model->served;
	struct sim_refusal refusal;

	if (c->route.op == SIM_COUNT_TOKENS ||
	    sim_quota_take(&s->quota, slice_of(c->head.key), model, c->route.model->embeds,
		c->ask.input_tokens, now, &refusal))
		return true;
	if (s->options->no_hint)
		sim_fault_status(&c->answer, 429);
	else
		sim_fault_quota(&c->answer, &refusal, model);
	return false;
}

/* The error that the plan asks for. */
static void
plan_error(struct sim_call *c)
{
	const struct sim_plan *p = &c->plan;

	if (p->quota)
		sim_fault_quota_kind(&c->answer, p->quota, p->retry_ms, c->route.model->served);
	else if (!p->error[0])
		sim_fault_status(&c->answer, (int)p->status);
	else if (sim_fault_name(&c->answer, p->error))
		sim_fault_bad(&c->answer, "gem-sim knows no error '%s'", p->error);
	if (p->retry_after[0])
		c->answer.retry_after = p->retry_after;
}

static void
plan_reply(struct sim_call *c, uint64_t id)
{
	struct sim_answer *a = &c->answer;

	if (generates(c))
		sim_reply_generate(
		    a, &c->ask, &c->plan, c->route.model, id, c->route.op == SIM_STREAM);
	else if (c->route.op == SIM_COUNT_TOKENS)
		sim_reply_count(a, &c->ask);
	else
		sim_reply_embed(a, &c->ask, c->route.op == SIM_EMBED_BATCH);
}

/* An error that comes when the answer has begun: as it is, or in a frame. */
static void
add_error(struct sim_answer *a, bool framed)
{
	struct sim_answer error = {0};

	sim_fault_name(&error, MID_STREAM_ERROR);
	sim_answer_dress(&error, SIM_FORM_JSON);
	if (framed) {
		sim_answer_reset(&error);
		sim_fault_name(&error, MID_STREAM_ERROR);
		error.status = 200;
		sim_answer_dress(&error, SIM_FORM_SSE);
	}
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

	sim_answer_dress(a, form_of(c));
	if (p->error_bare || p->error_in_frame) {
		sim_answer_break(a, SIM_END_CLEAN, (size_t)p->after);
		add_error(a, p->error_in_frame);
	} else if (p->breaks) {
		sim_answer_break(a, p->ending, (size_t)p->after);
	}
	if (p->split)
		sim_answer_split_utf8(a);
	if (c->head.gzip)
		sim_answer_gzip(a);
}

/* Done at the door, or at the end of the service time. */
static void
answered(struct sim *s, struct sim_call *c)
{
	c->answered = true;
	c->job.step = c->job.steps = c->answer.pieces;
	if (c->counted)
		sim_stats_leave(
		    &s->stats, c->answer.ending == SIM_END_RESET ? 500 : c->answer.status);
	c->counted = false;
}

/* What chance has in store for this attempt; the answer is made now, and kept until it is due. */
static void
prepare(struct sim *s, struct sim_call *c)
{
	const struct sim_options *o = s->options;
	uint64_t key = hash64(buf_view(&c->body), (uint64_t)o->seed);
	uint64_t attempt = sim_tally_add(&s->bodies, key, (struct slice){0});
	struct rng rng;

	rng_seed(&rng, key + attempt);
	c->job.duration = (int64_t)(o->latency_ms * exp(o->sigma * rng_normal(&rng)) + 0.5);
	sim_plan_at(&c->plan, attempt);
	c->job.duration += c->plan.slow_ms;
	if (rng_unit(&rng) < o->error_rate && !sim_plan_fails(&c->plan))
		c->plan.status = o->error_status;
	if (sim_plan_fails(&c->plan))
		plan_error(c);
	else
		plan_reply(c, rng_next(&rng));
	finish(c);
}

static void
to_service(struct sim *s, struct sim_call *c, int64_t now)
{
	double timeout;

	prepare(s, c);
	c->job.endless = c->answer.ending == SIM_END_STALL;
	c->job.steps = c->answer.pieces;
	if (c->job.steps == 0 && !c->job.endless)
		c->job.steps = 1; /* even an empty body takes its time */
	c->job.expires = CLOCK_NEVER;
	if (c->head.timeout && !c->job.endless && num_real(c->head.timeout, &timeout) == 0)
		c->job.expires = now + (int64_t)(timeout * 1000);
	if (!sim_service_admit(&s->service, &c->job, now)) {
		sim_fault_status(&c->answer, 503);
		sim_answer_dress(&c->answer, form_of(c));
		answered(s, c);
	} else if (c->job.step == c->job.steps && !c->job.endless) {
		answered(s, c);
	}
}

static bool
without_body(struct sim *s, struct sim_call *c)
{
	switch (c->route.op) {
	case SIM_STATS:
		c->answer.status = 200;
		sim_stats_print(&s->stats, &c->answer.body);
		sim_answer_piece(&c->answer);
		return true;
	case SIM_NOWHERE: sim_fault_name(&c->answer, "page"); return true;
	case SIM_MODEL_LIST:
		if (sim_reply_models(&c->answer, c->head.page_size, c->head.page_token))
			sim_fault_bad(&c->answer, "page_size or page_token is invalid.");
		return true;
	case SIM_MODEL_GET: sim_reply_model(&c->answer, c->route.model); return true;
	case SIM_GENERATE:
	case SIM_STREAM:
	case SIM_COUNT_TOKENS:
	case SIM_EMBED:
	case SIM_EMBED_BATCH: break;
	}
	return false;
}

void
sim_begin(struct sim *s, struct sim_call *c, int64_t now)
{
	bool open;

	c->arrived = now;
	c->plan.retry_ms = -1;
	c->route = sim_route(c->head.method, c->head.path);
	open = c->route.op == SIM_STATS || c->route.op == SIM_NOWHERE;
	if (c->route.op != SIM_STATS) {
		sim_stats_enter(&s->stats);
		c->counted = true;
	}
	if ((open || (check_key(s, c) && check_model(c))) && !without_body(s, c) &&
	    check_body(s, c) && check_outage(s, c, now) && check_quota(s, c, now)) {
		to_service(s, c, now);
		return;
	}
	sim_answer_dress(&c->answer, form_of(c));
	answered(s, c);
}

struct sim_call *
sim_next(struct sim *s, int64_t now)
{
	struct sim_call *c = (struct sim_call *)sim_service_next(&s->service, now);

	if (!c)
		return NULL;
	if (c->job.expired) {
		sim_fault_status(&c->answer, 504);
		sim_answer_dress(&c->answer, form_of(c));
	}
	if (c->job.expired || (c->job.step == c->job.steps && !c->job.endless))
		answered(s, c);
	return c;
}

int64_t
sim_deadline(const struct sim *s)
{
	return sim_service_deadline(&s->service);
}

void
sim_leave(struct sim *s, struct sim_call *c, int64_t now)
{
	sim_service_remove(&s->service, &c->job, now);
	if (c->counted)
		sim_stats_leave(&s->stats, 0);
	c->counted = false;
	c->answered = true;
}
