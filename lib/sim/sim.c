// SPDX-License-Identifier: MIT
/* Ties the rooms together for one request. */
#include "sim/sim.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "sim/reply.h"

/* Bodies whose attempts are counted; later ones are at their first attempt for ever. */
#define BODIES_MAX ((size_t)1 << 20)

void
sim_init(struct sim *s, const struct sim_options *o, int64_t now)
{
	*s = (struct sim){
	    .options = o,
	    .started = now,
	    .service = {.slots = o->slots,
		.queue_max = o->queue,
		.queue = TAILQ_HEAD_INITIALIZER(s->service.queue)},
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
check_key(const struct sim *s, struct sim_call *c)
{
	const char *key = c->head.key;

	if (!key || !*key)
		return sim_fault_name(&c->answer, "unregistered");
	if (!s->options->key || strcmp(key, s->options->key) == 0)
		return true;
	return sim_fault_name(&c->answer, strncmp(key, "AQ.", 3) == 0 ? "token" : "key");
}

static bool
check_model(struct sim_call *c)
{
	const struct sim_route *r = &c->route;

	if (r->op == SIM_MODEL_LIST || r->model)
		return true;
	return sim_fault_text(&c->answer, 404,
	    "models/%.*s is not found for API version %.*s, or is not supported for %s. "
	    "Call ListModels to see the list of available models and their supported methods.",
	    (int)r->id.n, r->id.p, (int)r->version.n, r->version.p, r->method);
}

/* The body, and the directives in it. */
static bool
check_body(struct sim *s, struct sim_call *c)
{
	if (c->body.over)
		return sim_fault_text(&c->answer, 400,
		    "Request payload size exceeds the limit: %zu bytes.", SIM_BODY_MAX_BYTES);
	if (!sim_ask_read(&c->ask, c->route.op, buf_view(&c->body), &c->answer))
		return false;
	sim_stats_prompt(&s->stats, buf_view(&c->ask.prompt));
	return sim_plan_read(&c->plan, buf_view(&c->ask.system), &c->answer) &&
	       sim_plan_read(&c->plan, buf_view(&c->ask.prompt), &c->answer);
}

static bool
check_outage(const struct sim *s, struct sim_call *c, int64_t now)
{
	int64_t since = now - s->started;

	if (since < s->options->outage_from_ms || since >= s->options->outage_to_ms)
		return true;
	return sim_fault_status(&c->answer, 503);
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
		return sim_fault_status(&c->answer, 429);
	return sim_fault_quota(&c->answer, &refusal, model);
}

/*
 * All of the answer may go out: it was refused at the door, or the service time is over. One
 * that was prepared is laid out already.
 */
static void
answered(struct sim_call *c)
{
	sim_answer_dress(&c->answer, sim_form_of(c));
	c->answered = true;
	c->job.step = c->job.steps = c->answer.pieces;
}

static void
to_service(struct sim *s, struct sim_call *c, int64_t now)
{
	double timeout;

	sim_prepare(s, c);
	c->job.endless = c->answer.ending == SIM_END_STALL;
	c->job.steps = c->answer.pieces;
	if (c->job.steps == 0 && !c->job.endless)
		c->job.steps = 1; /* even an empty body takes its time */
	c->job.expires = CLOCK_NEVER;
	if (c->head.timeout && !c->job.endless && num_real(c->head.timeout, &timeout) == 0)
		c->job.expires = now + (int64_t)fmin(timeout * 1000, SIM_TIME_MOST_MS);
	if (!sim_service_admit(&s->service, &c->job, now))
		sim_fault_status(&c->answer, s->options->queue_status);
	if (c->job.state == SIM_JOB_OUT)
		answered(c);
}

static bool
without_body(struct sim *s, struct sim_call *c)
{
	enum sim_operation op = c->route.op;

	if (op == SIM_STATS) {
		c->answer.status = 200;
		sim_stats_print(&s->stats, &c->answer.body);
		sim_answer_piece(&c->answer);
	} else if (op == SIM_NOWHERE) {
		sim_fault_name(&c->answer, "page");
	} else if (op == SIM_MODEL_LIST) {
		sim_reply_models(&c->answer, c->head.page_size, c->head.page_token);
	} else if (op == SIM_MODEL_GET) {
		sim_reply_model(&c->answer, c->route.model);
	} else {
		return false;
	}
	return true;
}

void
sim_begin(struct sim *s, struct sim_call *c, int64_t now)
{
	bool open;

	c->arrived = now;
	c->route = sim_route(c->head.method, c->head.path);
	open = c->route.op == SIM_STATS || c->route.op == SIM_NOWHERE;
	if (c->route.op != SIM_STATS) {
		sim_stats_enter(&s->stats, c->head.gzip);
		c->counted = true;
	}
	if ((open || (check_key(s, c) && check_model(c))) && !without_body(s, c) &&
	    check_body(s, c) && check_outage(s, c, now) && check_quota(s, c, now)) {
		to_service(s, c, now);
		return;
	}
	answered(c);
}

/* When --slots-at has other slots. */
static int64_t
change_due(const struct sim *s)
{
	int64_t slots = s->options->later_slots;

	return slots && slots != s->service.slots ? s->started + s->options->later_ms : CLOCK_NEVER;
}

struct sim_call *
sim_next(struct sim *s, int64_t now)
{
	struct sim_call *c;

	if (change_due(s) <= now)
		sim_service_resize(&s->service, s->options->later_slots, now);
	c = (struct sim_call *)sim_service_next(&s->service, now);
	if (!c)
		return NULL;
	if (c->job.expired)
		sim_fault_status(&c->answer, 504);
	if (c->job.state == SIM_JOB_OUT)
		answered(c);
	return c;
}

int64_t
sim_deadline(const struct sim *s)
{
	return clock_earlier(sim_service_deadline(&s->service), change_due(s));
}

void
sim_end(struct sim *s, struct sim_call *c, bool given, int64_t now)
{
	int status = c->answer.ending == SIM_END_RESET ? 500 : c->answer.status;

	sim_service_remove(&s->service, &c->job, now);
	if (c->counted)
		sim_stats_leave(&s->stats, given ? status : 0);
	c->counted = false;
	c->answered = true;
}
