// SPDX-License-Identifier: MIT
/*
 * The engine on a virtual clock, against a simulated transport and api: no
 * socket, no JSON, no waiting. Outcomes are drawn at random from a seed, and
 * whatever they are: bounds hold, and each record comes out exactly once.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "run/engine.h"
#include "tap.h"

/* What an answer takes, and may take. */
#define TOKENS 300
#define TOKENS_MOST 1000

/* What the simulated server does with an attempt. */
struct outcome {
	enum wire wire;
	int status;
	enum content content;
	enum refusal refusal;
	int64_t hint_ms;
	int64_t latency_ms;
};

struct world {
	int64_t now;
	struct rng random;
	struct outcome (*answer)(struct world *w, uint64_t attempt);
	bool models;                 /* odd records ask for model b, even ones for a */
	struct slice model;          /* that the attempt at hand asks for */
	uint64_t seq;                /* of its record */
	int64_t last_of[2];          /* when the last one of each was settled */
	uint64_t settled, held_most; /* records; those that were pulled and not settled */
	struct call *calls[512];     /* in flight */
	int64_t ends[512];
	struct outcome outcomes[512];
	size_t in_flight, peak;
	uint64_t attempts;
	int64_t last_start, least_gap, first_start_after;
	STAILQ_HEAD(, call) done;
	uint64_t records, pulled, window, oldest;
	unsigned *emitted; /* by seq */
	enum call_class *classes;
	int *attempts_said;
	uint64_t ahead; /* the furthest that a pull ran before the oldest unsettled record */
	bool gone;      /* the reader of the output is */
	bool keeps;     /* what comes back when it is */
	enum stored (*stored)(void *context, struct task *task);
	unsigned *asked; /* by seq: how often it was looked for in the store */
	uint64_t back;   /* records that were given back, to be pulled again at the end: a stack */
	uint64_t given_back[512];
	bool starve; /* each pull but every third gives nothing */
	unsigned interrupts;
	double bucket; /* of calls */
	int refusal;   /* its status */
	int64_t interrupt_at, hangup_at;
	struct meter meter;
	struct buf limits; /* what it says of them at the end */
};

static int64_t
sim_now(void *self)
{
	return ((struct world *)self)->now;
}

static bool
sim_open(void *self)
{
	(void)self;
	return true;
}

static void
sim_start(void *self, struct call *call)
{
	struct world *w = self;
	size_t slot = w->in_flight++;
	struct outcome o;

	w->model = buf_view(&call->request->model);
	w->seq = ((struct task *)call->owner)->record.seq;
	o = w->answer(w, w->attempts++);
	reply_reset(call->reply);
	call->reply->sent = o.wire != WIRE_UNSENT;
	w->calls[slot] = call;
	w->outcomes[slot] = o;
	w->ends[slot] = w->now + o.latency_ms;
	if (w->in_flight > w->peak)
		w->peak = w->in_flight;
	if (w->attempts > 1 && w->now - w->last_start < w->least_gap)
		w->least_gap = w->now - w->last_start;
	w->last_start = w->now;
}

static void
end_call(struct world *w, size_t slot, enum wire wire)
{
	struct call *call = w->calls[slot];
	struct outcome *o = &w->outcomes[slot];

	call->reply->wire = wire;
	call->reply->status = o->status;
	call->reply->retry_after_ms = o->hint_ms;
	call->reply->total_us = 1000 * o->latency_ms;
	buf_add(&call->reply->body, (const char *)o, sizeof *o); /* which the simulated api reads */
	STAILQ_INSERT_HEAD(&w->done, call, done);
	w->in_flight--;
	w->calls[slot] = w->calls[w->in_flight];
	w->ends[slot] = w->ends[w->in_flight];
	w->outcomes[slot] = w->outcomes[w->in_flight];
}

static void
sim_cancel(void *self, struct call *call)
{
	struct world *w = self;

	for (size_t i = 0; i < w->in_flight; i++) {
		if (w->calls[i] == call) {
			end_call(w, i, WIRE_CANCELLED);
			return;
		}
	}
}

static struct call *
sim_done(void *self)
{
	struct world *w = self;
	struct call *call = STAILQ_FIRST(&w->done);

	if (call)
		STAILQ_REMOVE_HEAD(&w->done, done);
	return call;
}

static void
sim_wait(void *self, struct watch *watches, size_t count, int64_t deadline)
{
	struct world *w = self;
	int64_t next = deadline;

	for (size_t i = 0; i < w->in_flight; i++) {
		if (w->ends[i] < next)
			next = w->ends[i];
	}
	if (w->interrupt_at && w->interrupt_at < next)
		next = w->interrupt_at;
	if (w->hangup_at && !w->gone && w->hangup_at < next)
		next = w->hangup_at;
	for (size_t i = 0; i < count; i++) {
		watches[i].ready = watches[i].fd == 0 && watches[i].what != WATCH_HANGUP;
		if (watches[i].ready)
			next = w->now;
	}
	if (next == CLOCK_NEVER) {
		printf("# the engine waits for ever\n");
		exit(1);
	}
	if (next > w->now)
		w->now = next;
	if (w->interrupt_at && w->now >= w->interrupt_at) {
		watches[2].ready = true;
		w->interrupts++;
		w->interrupt_at = 0;
	}
	if (w->hangup_at && !w->gone && w->now >= w->hangup_at)
		watches[1].ready = true;
	for (size_t i = 0; i < w->in_flight;) {
		if (w->ends[i] <= w->now)
			end_call(w, i, w->outcomes[i].wire);
		else
			i++;
	}
}

static int
sim_build(
    const struct api_defaults *d, const struct record *r, struct request *out, const char **reason)
{
	const struct world *w = (const void *)d; /* or none */

	buf_reset(&out->model);
	if (w && w->models)
		buf_char(&out->model, r->seq % 2 ? 'b' : 'a');
	*reason = "the api refuses it";
	return r->seq % 50 == 49 ? -1 : 0;
}

static void
sim_read(const struct request *q, struct reply *r, struct answer *a)
{
	struct outcome o;

	(void)q;
	memcpy(&o, r->body.data, sizeof o);
	answer_reset(a);
	a->has_usage = r->wire == WIRE_ANSWERED && r->status == 200;
	a->usage.out = a->has_usage ? TOKENS : 0;
	a->facts = (struct facts){
	    r->wire, r->status, o.content, o.refusal, r->retry_after_ms, 0, 0};
	buf_str(&a->message, "simulated");
}

static enum pulled
sim_pull(void *context, struct task *t)
{
	struct world *w = context;

	if (w->pulled == w->records && w->back) {
		t->record = (struct record){
		    .seq = w->given_back[--w->back], .line = t->record.line};
		return PULLED_RECORD;
	}
	if (w->pulled == w->records)
		return PULLED_END;
	if (w->starve && rng_below(&w->random, 3))
		return PULLED_NOTHING;
	t->record = (struct record){.seq = w->pulled++, .line = t->record.line};
	if (t->record.seq % 50 == 48)
		t->record.problem = "a bad line";
	if (w->pulled - w->settled > w->held_most)
		w->held_most = w->pulled - w->settled;
	if (w->pulled - w->oldest > w->ahead)
		w->ahead = w->pulled - w->oldest;
	return PULLED_RECORD;
}

static int
sim_fd(void *context)
{
	(void)context;
	return 0;
}

static void
sim_fill(void *context)
{
	(void)context;
}

static void
sim_emit(void *context, struct task *t)
{
	struct world *w = context;

	w->emitted[t->record.seq]++;
	w->settled++;
	w->last_of[t->record.seq % 2] = w->now;
	w->classes[t->record.seq] = t->facts.class;
	w->attempts_said[t->record.seq] = t->facts.attempts;
	while (w->oldest < w->records && w->emitted[w->oldest])
		w->oldest++;
}

static bool
sim_room(void *context)
{
	struct world *w = context;

	return !w->window || w->pulled - w->oldest < w->window;
}

static enum flushed
sim_flush(void *context)
{
	struct world *w = context;

	if (!w->gone)
		return FLUSH_DONE;
	return w->keeps ? FLUSH_KEPT : FLUSH_LOST;
}

static void
sim_output_lost(void *context)
{
	((struct world *)context)->gone = true;
}

static unsigned
sim_interrupts(void *context)
{
	return ((struct world *)context)->interrupts;
}

static int64_t
sim_most_output(const struct request *q)
{
	(void)q;
	return TOKENS_MOST;
}

static const struct api sim_api = {"key", NULL, sim_build, sim_most_output, sim_read};

static struct gates
fixed(size_t jobs)
{
	struct gates g;

	gates_init(&g, &(struct gates_config){.min = jobs, .max = jobs});
	return g;
}

static struct engine_report
run_world(struct world *w, struct engine_config *config, struct gates *gates)
{
	struct engine_port port = {w, sim_pull, sim_fd, sim_fill, sim_emit, sim_room, sim_flush,
	    sim_fd, sim_output_lost, -1, sim_interrupts, &w->meter, w->stored};
	struct engine_report report;
	struct transport transport = {
	    w, sim_now, sim_open, sim_start, sim_cancel, sim_done, sim_wait};

	w->now = 1000;
	w->least_gap = CLOCK_NEVER;
	w->emitted = mem_zero(w->records, sizeof *w->emitted);
	w->classes = mem_zero(w->records, sizeof *w->classes);
	w->asked = mem_zero(w->records, sizeof *w->asked);
	w->attempts_said = mem_zero(w->records, sizeof *w->attempts_said);
	config->api = &sim_api;
	config->origin = "sim";
	config->defaults = (const void *)w;
	config->max_calls = config->max_calls ? config->max_calls : INT64_MAX;
	config->max_tokens = config->max_tokens ? config->max_tokens : INT64_MAX;
	report = engine_run(config, gates, transport, &port);
	meter_settled(&w->meter, &w->limits);
	gates_free(gates);
	gates->count = 0;
	return report;
}

static void
free_world(struct world *w)
{
	free(w->emitted);
	free(w->classes);
	free(w->attempts_said);
	free(w->asked);
	buf_free(&w->limits);
}

static bool
each_once(const struct world *w)
{
	for (uint64_t i = 0; i < w->records; i++) {
		if (w->emitted[i] != 1)
			return false;
	}
	return true;
}

static uint64_t
attempts_said(const struct world *w)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < w->records; i++)
		sum += (uint64_t)w->attempts_said[i];
	return sum;
}

static struct outcome
good(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){WIRE_ANSWERED, 200, CONTENT_TEXT, REFUSAL_PLAIN, -1, 200};
}

static struct outcome
anything(struct world *w, uint64_t attempt)
{
	static const int statuses[] = {200, 200, 200, 200, 400, 429, 500, 503, 504, 302, 408, 999};
	struct outcome o = {WIRE_ANSWERED, 200, CONTENT_TEXT, REFUSAL_PLAIN, -1, 0};

	(void)attempt;
	o.latency_ms = (int64_t)rng_below(&w->random, 300);
	o.status = statuses[rng_below(&w->random, sizeof statuses / sizeof *statuses)];
	o.content = (enum content)rng_below(&w->random, CONTENT_JUNK + 1);
	if (rng_below(&w->random, 4) == 0)
		o.wire = (enum wire)rng_below(&w->random, WIRE_TOO_LARGE + 1);
	if (o.status == 429 && rng_below(&w->random, 2))
		o.hint_ms = (int64_t)rng_below(&w->random, 2000);
	return o;
}

static void
test_bounds(void)
{
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct world w = {.records = 400,
		    .answer = anything,
		    .starve = seed % 2,
		    .window = seed % 3 ? 0 : 40};
		struct engine_config config = {.retry = (int64_t)(seed % 4),
		    .retry_ambiguous = seed % 2,
		    .max_wait_ms = CLOCK_NEVER,
		    .drain_ms = 1000,
		    .seed = seed};
		struct gates gates = fixed(1 + seed % 17);
		struct engine_report r;
		uint64_t sent = 0;

		rng_seed(&w.random, seed);
		r = run_world(&w, &config, &gates);
		sent = attempts_said(&w);
		ok(each_once(&w) && r.emitted == 400 && r.end == ENGINE_COMPLETE,
		    "seed %d: each of 400 records comes out once under random outcomes", (int)seed);
		ok(w.peak <= gates.config.max && gates.in_flight == 0,
		    "seed %d: never more than %zu in flight", (int)seed, gates.config.max);
		ok(!w.window || w.ahead <= w.window, "seed %d: never further ahead than the window",
		    (int)seed);
		ok(sent <= w.attempts, "seed %d: attempts said are attempts that went out",
		    (int)seed);
		free_world(&w);
	}
}

static void
test_concurrency(void)
{
	struct world w = {.records = 48, .answer = good};
	struct engine_config config = {.retry = 5, .max_wait_ms = 1000};
	struct gates gates = fixed(16);

	run_world(&w, &config, &gates);
	ok(w.peak == 16 && w.now == 1000 + 3 * 200,
	    "48 calls of 200 ms, 16 at once, take three rounds");
	free_world(&w);
}

static void
test_pacing(void)
{
	struct world w = {.records = 20, .answer = good};
	struct engine_config config = {.retry = 5, .max_wait_ms = 1000};
	struct gates gates = fixed(100);

	gates.config.per_second = 4;
	run_world(&w, &config, &gates);
	ok(w.least_gap >= 250 - 20 && w.last_start == 1000 + 19 * 250,
	    "at 4/s the twentieth call starts 4.75 s after the first");
	free_world(&w);
}

static struct outcome
hinted_once(struct world *w, uint64_t attempt)
{
	struct outcome o = good(w, attempt);

	if (attempt == 0) {
		o = (struct outcome){WIRE_ANSWERED, 429, CONTENT_JUNK, REFUSAL_PLAIN, 5000, 10};
	} else if (!w->first_start_after && attempt >= 1 && w->now > 1010) {
		w->first_start_after = w->now;
	}
	return o;
}

static void
test_hint(void)
{
	struct world w = {.records = 10, .answer = hinted_once};
	struct engine_config config = {.retry = 1, .max_wait_ms = 60000};
	struct gates gates = fixed(1);

	run_world(&w, &config, &gates);
	ok(each_once(&w) && w.first_start_after >= 1010 + 5000,
	    "a hint that one call got holds for all");
	free_world(&w);
}

static struct outcome
paused_a(struct world *w, uint64_t attempt)
{
	struct outcome o = good(w, attempt);

	if (slice_equal(w->model, slice_of("a")) && w->now < 1000 + 30000)
		o = (struct outcome){WIRE_ANSWERED, 429, CONTENT_JUNK, REFUSAL_PLAIN, 30000, 10};
	return o;
}

static void
test_models(void)
{
	struct world w = {.records = 240, .answer = paused_a, .models = true},
		     v = {.records = 4000, .answer = paused_a, .models = true};
	struct engine_config config = {.retry = 1, .max_wait_ms = 60000};
	struct gates gates = fixed(8), other = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(w.last_of[1] < 1000 + 5000, "a model that is refused does not hold up another");
	ok(w.last_of[0] > 1000 + 30000 && each_once(&w) && r.end == ENGINE_COMPLETE,
	    "nor is it forgotten");
	r = run_world(&v, &config, &other);
	ok(v.held_most <= 8 * (16 + 1) + 1 && each_once(&v),
	    "and so many of its records are held, no more: %u", (unsigned)v.held_most);
	free_world(&v);
	free_world(&w);
}

static struct outcome
fails_first(struct world *w, uint64_t attempt)
{
	struct outcome o = good(w, attempt);

	if (!w->asked[w->seq]++)
		o = (struct outcome){WIRE_ANSWERED, 503, CONTENT_JUNK, REFUSAL_PLAIN, -1, 10};
	return o;
}

/* What looks like an outage, as long as it is only probed with records that are new. */
static void
test_first_attempts(void)
{
	struct world w = {.records = 1000, .answer = fails_first, .models = true};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000};
	struct gates gates = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_COMPLETE && each_once(&w) && w.now < 60000,
	    "records that wait are tried, and not new ones alone: done after %d ms", (int)w.now);
	free_world(&w);
}

static struct outcome
never(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){WIRE_ANSWERED, 429, CONTENT_JUNK, REFUSAL_PLAIN, -1, 10};
}

static void
test_hopeless(void)
{
	struct world w = {.records = 1000, .answer = never};
	struct engine_config config = {.retry = 1, .max_wait_ms = 60000, .drain_ms = 1000};
	struct gates gates = fixed(4);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_WAIT_TOO_LONG && w.now < 1000 + 300000,
	    "a server that only refuses stops the run when --max-wait is over");
	ok(r.pulled == r.emitted + r.unattempted && r.pulled <= 4 * 18,
	    "and records never sent are not invented");
	buf_free(&r.why);
	free_world(&w);
}

static struct outcome
poisoned(struct world *w, uint64_t attempt)
{
	if (w->seq != 5)
		return good(w, attempt);
	return (struct outcome){WIRE_ANSWERED, 429, CONTENT_JUNK, REFUSAL_PLAIN, 2000, 10};
}

static void
test_poisoned(void)
{
	struct world w = {.records = 200, .answer = poisoned};
	struct engine_config config = {.retry = 5, .max_wait_ms = 300000, .drain_ms = 1000};
	struct gates gates = fixed(5);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_WAIT_TOO_LONG && r.succeeded == 191 && each_once(&w),
	    "a record that is refused for ever holds up none of the others, and ends the run at "
	    "last");
	ok(w.attempts < 191 + 15, "it is tried ever more seldom: %u", (unsigned)w.attempts - 191);
	buf_free(&r.why);
	free_world(&w);
}

static struct outcome
late_hint(struct world *w, uint64_t attempt)
{
	if (attempt)
		return good(w, attempt);
	return (struct outcome){WIRE_ANSWERED, 504, CONTENT_JUNK, REFUSAL_PLAIN, 40000, 10};
}

static void
test_last_attempt(void)
{
	struct world w = {.records = 3, .answer = late_hint};
	struct engine_config config = {.retry = 5, .max_wait_ms = 20000, .drain_ms = 1000};
	struct gates gates = fixed(1);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_WAIT_TOO_LONG && r.wait_ms == 40000 && w.now < 21000,
	    "a wait that is too long stops the run, also where the record had no attempt left");
	buf_free(&r.why);
	free_world(&w);
}

static unsigned warnings;

__attribute__((format(printf, 1, 2))) static void
count_warning(const char *format, ...)
{
	(void)format;
	warnings++;
}

static void
test_silence(void)
{
	struct world w = {.records = 100, .answer = never, .meter.warn = count_warning};
	struct engine_config config = {.retry = 1, .max_wait_ms = 60000, .drain_ms = 1000};
	struct gates gates = fixed(4);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(warnings == 1, "a run without a success says so, once");
	buf_free(&r.why);
	free_world(&w);
}

static struct outcome
unreachable(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){.wire = WIRE_UNSENT, .hint_ms = -1, .latency_ms = 10};
}

static struct outcome
insecure(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){.wire = WIRE_INSECURE, .hint_ms = -1, .latency_ms = 10};
}

static struct outcome
untrusted(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){.wire = WIRE_UNTRUSTED, .hint_ms = -1, .latency_ms = 10};
}

/* An answer to every third attempt; the others come to nothing, after longer than --max-wait. */
static struct outcome
seldom(struct world *w, uint64_t attempt)
{
	if (attempt % 3 == 2)
		return good(w, attempt);
	return (struct outcome){.wire = WIRE_TIMEOUT, .hint_ms = -1, .latency_ms = 100000};
}

static void
test_absent(void)
{
	struct world w = {.records = 1000, .answer = unreachable},
		     v = {.records = 20, .answer = seldom},
		     u = {.records = 1000, .answer = insecure},
		     t = {.records = 1000, .answer = untrusted};
	struct engine_config config = {
	    .retry = 5, .retry_ambiguous = 1, .max_wait_ms = 60000, .drain_ms = 1000};
	struct gates gates = fixed(4), other = fixed(1), third = fixed(4), fourth = fixed(4);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_WAIT_TOO_LONG && w.now < 1000 + 180000 && r.emitted < 100,
	    "a server that is not there stops the run when --max-wait is over, and fails few "
	    "records");
	buf_free(&r.why);
	free_world(&w);
	r = run_world(&u, &config, &third);
	ok(r.end == ENGINE_WAIT_TOO_LONG && u.now < 1000 + 180000,
	    "nor does one that makes no handshake keep it for ever");
	buf_free(&r.why);
	free_world(&u);
	r = run_world(&t, &config, &fourth);
	ok(r.end == ENGINE_COMPLETE && t.now < 1000 + 10000,
	    "one that is not trusted is not away: nothing waits for it");
	free_world(&t);
	r = run_world(&v, &config, &other);
	ok(r.end == ENGINE_COMPLETE && v.now > 600000,
	    "one that answers now and then does not, however long the others take to fail");
	free_world(&v);
}

static struct outcome
daily(struct world *w, uint64_t attempt)
{
	struct outcome o = good(w, attempt);

	if (attempt >= 30)
		o = (struct outcome){WIRE_ANSWERED, 429, CONTENT_JUNK, REFUSAL_DAY, 1000, 10};
	return o;
}

static struct outcome
daily_a(struct world *w, uint64_t attempt)
{
	return slice_equal(w->model, slice_of("a")) ? daily(w, attempt) : good(w, attempt);
}

static void
test_quota_of_one_model(void)
{
	struct world w = {.records = 240, .answer = daily_a, .models = true};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .drain_ms = 1000};
	struct gates gates = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(w.emitted[239] && w.classes[239] == CLASS_OK && !w.emitted[238],
	    "a model goes on when another's quota is spent");
	ok(w.attempts < 120 + 15 + 8 && r.unattempted >= 120 - 15 - 8 - 4,
	    "whose other records are not called");
	ok(r.end == ENGINE_QUOTA && r.rest && r.why.len, "and it counts as a stop");
	buf_free(&r.why);
	free_world(&w);
}

static struct outcome
bad_key(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){WIRE_ANSWERED, 400, CONTENT_JUNK, REFUSAL_KEY, -1, 10};
}

static void
test_stops(void)
{
	struct world w = {.records = 100, .answer = daily}, v = {.records = 100, .answer = bad_key};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .drain_ms = 1000};
	struct gates gates = fixed(8), other = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_QUOTA && w.attempts <= 30 + 8,
	    "a spent day's quota stops the run within one round");
	ok(r.succeeded == 30, "and keeps what succeeded before it");
	buf_free(&r.why);
	r = run_world(&v, &config, &other);
	ok(r.end == ENGINE_REFUSED && v.attempts <= 8,
	    "a refused key costs no more calls than are in flight");
	buf_free(&r.why);
	free_world(&w);
	free_world(&v);
}

static struct outcome
slow(struct world *w, uint64_t attempt)
{
	struct outcome o = good(w, attempt);

	o.latency_ms = attempt % 2 ? 500 : 100000;
	return o;
}

static void
test_interrupt(void)
{
	struct world w = {.records = 100, .answer = slow, .interrupt_at = 1100};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .drain_ms = 2000};
	struct gates gates = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_INTERRUPTED && w.attempts == 8, "an interrupt starts no new call");
	ok(r.succeeded == 4 && r.emitted == 8,
	    "what answers within the drain time is kept, the rest fails");
	ok(w.now == 1100 + 2000, "and the drain time is an upper bound");
	buf_free(&r.why);
	free_world(&w);
}

static void
test_output_gone(void)
{
	struct world w = {.records = 100, .answer = slow, .gone = true},
		     v = {.records = 100, .answer = slow, .hangup_at = 1200};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .drain_ms = 2000};
	struct gates gates = fixed(8), other = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_OUTPUT_GONE && w.in_flight == 0 && w.now <= 1001 && w.attempts == 8,
	    "when the reader goes away the calls in flight are cancelled at once");
	r = run_world(&v, &config, &other);
	ok(r.end == ENGINE_OUTPUT_GONE && v.in_flight == 0 && v.now == 1200 && v.attempts == 8,
	    "also when there is nothing to write");
	free_world(&v);
	buf_free(&r.why);
	free_world(&w);
}

static struct outcome
overloaded(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){WIRE_ANSWERED, 503, CONTENT_JUNK, REFUSAL_PLAIN, -1, 10};
}

static struct outcome
away_for_a_while(struct world *w, uint64_t attempt)
{
	return w->now < 4000 || w->now > 124000 ? good(w, attempt) : overloaded(w, attempt);
}

static void
test_outage(void)
{
	struct world w = {.records = 4000, .answer = away_for_a_while};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .seed = 1};
	struct gates gates;
	struct engine_report r;
	unsigned failed = 0;

	gates_init(&gates, &(struct gates_config){.min = 1, .max = 16, .seed = 1});
	r = run_world(&w, &config, &gates);
	for (uint64_t i = 0; i < w.records; i++)
		failed += w.classes[i] == CLASS_OVERLOADED;
	ok(r.end == ENGINE_COMPLETE && !failed && w.attempts < 4000,
	    "an outage of two minutes fails no record: %u failed, %u attempts", failed,
	    (unsigned)w.attempts);
	free_world(&w);
}

static struct outcome
lost(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){WIRE_LOST, 0, CONTENT_JUNK, REFUSAL_PLAIN, -1, 10};
}

static void
test_attempts(void)
{
	struct world w = {.records = 1, .answer = lost}, v = {.records = 1, .answer = overloaded};
	struct engine_config config = {.retry = 5, .retry_ambiguous = 1, .max_wait_ms = 600000};
	struct gates gates = fixed(8);

	run_world(&w, &config, &gates);
	ok(w.attempts == 2 && w.classes[0] == CLASS_NETWORK,
	    "an attempt that may have been billed is repeated once");
	run_world(&v, &config, &gates);
	ok(v.attempts == 6 && v.classes[0] == CLASS_OVERLOADED,
	    "an overloaded server is asked --retry times more");
	free_world(&w);
	free_world(&v);
}

/* Every third is stored; every third is not known before the end, and then stored if its number is even. */
static enum stored
sometimes(void *context, struct task *t)
{
	struct world *w = context;
	uint64_t seq = t->record.seq;
	bool here = seq % 3 == 0 || (seq % 3 == 1 && w->asked[seq] && seq % 2 == 0);

	if (seq % 3 == 1 && !w->asked[seq]) {
		w->asked[seq] = 1;
		w->given_back[w->back++] = seq;
		return STORED_LATER;
	}
	w->asked[seq]++;
	t->facts.class = here ? CLASS_OK : t->facts.class;
	return here ? STORED_HERE : STORED_NONE;
}

static struct outcome
refused(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){WIRE_ANSWERED, 403, CONTENT_JUNK, REFUSAL_KEY, -1, 100};
}

static void
test_stored(void)
{
	struct world w = {.records = 48, .answer = good, .stored = sometimes},
		     v = {.records = 48, .answer = refused, .stored = sometimes};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .drain_ms = 2000};
	struct gates gates = fixed(8), other = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_COMPLETE && r.pulled == 48 && each_once(&w),
	    "records that are stored, or looked for twice, come out once too");
	ok(w.attempts == 24 && r.reused == 24 && r.succeeded == 48, "and only the rest is called");
	r = run_world(&v, &config, &other);
	ok(r.end == ENGINE_REFUSED && r.reused > 0, "a stored answer is no success of this key");
	buf_free(&r.why);
	free_world(&v);
	free_world(&w);
}

static enum stored
always(void *context, struct task *t)
{
	(void)context;
	t->facts.class = CLASS_OK;
	return STORED_HERE;
}

static void
test_interrupted_reuse(void)
{
	struct world w = {
	    .records = 100000, .answer = good, .stored = always, .interrupt_at = 1000};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .drain_ms = 2000};
	struct gates gates = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_INTERRUPTED && r.emitted < 1000 && !w.attempts,
	    "an interrupt gets through a long row of stored answers");
	free_world(&w);
}

static void
test_kept(void)
{
	struct world w = {.records = 100, .answer = slow, .hangup_at = 1200, .keeps = true},
		     v = {.records = 100, .answer = slow, .hangup_at = 1200, .keeps = true};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .drain_ms = 200000},
			     hasty = {.retry = 5, .max_wait_ms = 60000, .drain_ms = 50};
	struct gates gates = fixed(8), other = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_OUTPUT_GONE && w.attempts == 8 && r.succeeded == 8,
	    "what is kept elsewhere is waited for when the reader goes away");
	r = run_world(&v, &hasty, &other);
	ok(r.end == ENGINE_OUTPUT_GONE && v.now == 1250 && r.emitted == 8 && !r.succeeded,
	    "no longer than --drain");
	free_world(&v);
	free_world(&w);
}

static struct outcome
bad(struct world *w, uint64_t attempt)
{
	(void)w;
	return (struct outcome){WIRE_ANSWERED, attempt % 4 ? 200 : 400, CONTENT_TEXT, REFUSAL_PLAIN,
	    -1, attempt % 4 ? 500 : 200};
}

static void
test_halt(void)
{
	struct world w = {.records = 40, .answer = bad}, v = {.records = 40, .answer = bad},
		     u = {.records = 4, .answer = bad},
		     t = {.records = 40, .answer = bad, .interrupt_at = 1100};
	struct engine_config config = {.drain_ms = 2000, .halt = {false, false, 2}};
	struct engine_config now = {.drain_ms = 2000, .halt = {true, false, 2}};
	struct gates gates = fixed(8), other = fixed(8), third = fixed(8), fourth = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_HALT && w.attempts == 8 && r.failed == 2 && r.succeeded == 6,
	    "soon: the second failure lets nothing start, and those in flight end");
	r = run_world(&v, &now, &other);
	ok(r.end == ENGINE_HALT && v.attempts == 8 && !r.succeeded && v.now == 1200,
	    "now: they are given up");
	r = run_world(&t, &now, &fourth);
	ok(r.end == ENGINE_INTERRUPTED && t.attempts == 8 && r.failed == 2 && r.succeeded == 6,
	    "but not where an interrupt was first, which lets them end");
	config.halt.fail = 1;
	r = run_world(&u, &config, &third);
	ok(r.end == ENGINE_COMPLETE && r.emitted == 4 && r.failed == 1,
	    "a failure that leaves nothing undone is no stop");
	free_world(&t);
	free_world(&u);
	free_world(&v);
	free_world(&w);
}

static void
test_halt_rule(void)
{
	static const char *const wrong[] = {"", "soon", "soon,fail=", "now,fail=0", "now,fail=x",
	    "now,fail=1%%", "soon,fail=101%", "later,fail=1", "soon,fail=-1", "soon,fail=1 "};
	struct halt h;
	bool refused = true;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		refused &= halt_parse(&h, wrong[i]) != 0;
	ok(refused, "what is no --halt is refused");
	ok(!halt_parse(&h, "now,fail=3") && h.now && !h.percent && h.fail == 3 &&
		!halt_is_due(&h, 2, 2) && halt_is_due(&h, 3, 900),
	    "a number of failures");
	ok(!halt_parse(&h, "soon,fail=10%") && !h.now && h.percent && !halt_is_due(&h, 2, 2) &&
		!halt_is_due(&h, 3, 31) && halt_is_due(&h, 3, 30),
	    "a share of the results, from three failures on");
}

static void
test_deadline(void)
{
	struct world w = {.records = 100, .answer = slow}, v = {.records = 8, .answer = good};
	struct engine_config config = {.drain_ms = 2000, .deadline_ms = 700};
	struct gates gates = fixed(8), other = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_DEADLINE && w.last_start <= 1700 && r.unattempted == 1,
	    "nothing starts after the deadline");
	ok(w.now == 1700 + 2000 && r.succeeded == 6 && r.emitted == 12,
	    "and what is in flight may drain");
	config.deadline_ms = 201;
	r = run_world(&v, &config, &other);
	ok(r.end == ENGINE_COMPLETE && r.succeeded == 8, "one that comes too late stops nothing");
	free_world(&v);
	free_world(&w);
}

static void
test_retry_time(void)
{
	struct world w = {.records = 1, .answer = overloaded}, v = {.records = 1, .answer = never};
	struct engine_config config = {
	    .retry = 1000, .max_wait_ms = 3600000, .retry_max_ms = 60000};
	struct gates gates = fixed(1), other = fixed(1);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_COMPLETE && w.attempts > 2 && w.last_start < 61000 &&
		w.now == w.last_start + 10 && w.classes[0] == CLASS_OVERLOADED,
	    "no new attempt of a record so long after its first");
	r = run_world(&v, &config, &other);
	ok(r.end == ENGINE_COMPLETE && v.attempts > 2 && v.last_start < 61000 &&
		v.classes[0] == CLASS_RATE,
	    "nor after a refusal by rate");
	free_world(&v);
	free_world(&w);
}

static void
test_calls(void)
{
	struct world w = {.records = 100, .answer = overloaded},
		     v = {.records = 10, .answer = good};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .max_calls = 10};
	struct gates gates = fixed(8), other = fixed(8);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_BUDGET && w.attempts == 10, "no more calls than --max-calls");
	ok(r.pulled == r.emitted + r.unattempted && attempts_said(&w) == 10,
	    "those that wait for another come out with the failure that they had");
	r = run_world(&v, &config, &other);
	ok(r.end == ENGINE_COMPLETE && v.attempts == 10, "a budget that is just enough is enough");
	free_world(&v);
	free_world(&w);
}

static void
test_tokens(void)
{
	struct world w = {.records = 1000, .answer = good};
	struct engine_config config = {.max_wait_ms = 60000, .max_tokens = 20000};
	struct gates gates = fixed(50);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_BUDGET && w.attempts == 20000 / TOKENS && r.succeeded == w.attempts,
	    "tokens are spent to the last answer that fits");
	ok(w.peak > 20 && w.peak < 50, "at first with the most that a call may take in mind");
	free_world(&w);
}

static void
test_retries_delay(void)
{
	struct world w = {.records = 60, .answer = overloaded};
	struct engine_config config = {.retry = 2, .max_wait_ms = CLOCK_NEVER, .seed = 3};
	struct gates gates = fixed(60);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_COMPLETE && attempts_said(&w) == w.attempts && w.attempts == 58 * 3,
	    "the budget of retries takes no attempt from a record");
	ok(w.last_start - 1000 >= (58 * 2 - 20) * 1000, "but time");
	free_world(&w);
}

/* Serves twelve calls at once; the others it refuses as w->refusal has it. */
static struct outcome
crowded(struct world *w, uint64_t attempt)
{
	struct outcome o = good(w, attempt);

	if (w->in_flight > 12) {
		o.status = w->refusal;
		o.latency_ms = 10;
	}
	return o;
}

static void
test_crowded(int refusal)
{
	struct world w = {.records = 2000, .answer = crowded, .refusal = refusal};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .seed = 1};
	struct gates gates = fixed(64);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_COMPLETE && r.succeeded == 1920,
	    "%d: a busy server fails no record while it serves others: %u of 1920", refusal,
	    (unsigned)r.succeeded);
	ok(w.attempts < 1920 * 2, "%d: nor is it asked for ever: %u attempts", refusal,
	    (unsigned)w.attempts);
	ok(w.now < 1000 + 1920 / 12 * 200 * 3 / 2, "%d: it is kept busy: %u s", refusal,
	    (unsigned)(w.now / 1000));
	free_world(&w);
}

/* Is there room in a token bucket of 20/s? It is full at first. */
static bool
let_in(struct world *w, double burst)
{
	double refill = (double)(w->now - w->last_start) * .02;

	w->bucket = w->bucket + refill > burst ? burst : w->bucket + refill;
	if (w->bucket < 1)
		return false;
	w->bucket--;
	return true;
}

/* Says 429 and nothing else. */
static struct outcome
bare_rate(struct world *w, uint64_t attempt)
{
	struct outcome o = good(w, attempt);

	if (!let_in(w, 20))
		return (struct outcome){WIRE_ANSWERED, 429, CONTENT_JUNK, REFUSAL_PLAIN, -1, 1};
	o.latency_ms = 70 + (int64_t)rng_below(&w->random, 60);
	return o;
}

static void
test_bare_rate(void)
{
	struct world w = {.records = 1000, .answer = bare_rate};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .seed = 6};
	struct gates gates = fixed(64);
	struct engine_report r;

	rng_seed(&w.random, 1);
	r = run_world(&w, &config, &gates);
	ok(r.end == ENGINE_COMPLETE && r.succeeded == 960 && w.now < 1000 + 960 * 50 * 5 / 4,
	    "a rate that tells nothing is used: %u s", (unsigned)(w.now / 1000));
	ok(w.attempts < 960 * 6, "and not stormed: %u attempts", (unsigned)w.attempts);
	free_world(&w);
}

static struct outcome
away_at_first(struct world *w, uint64_t attempt)
{
	return attempt < 250 ? overloaded(w, attempt) : good(w, attempt);
}

static void
test_back_again(void)
{
	struct world w = {.records = 250, .answer = away_at_first};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .seed = 1};
	struct gates gates = fixed(250);
	struct engine_report r = run_world(&w, &config, &gates);

	ok(r.end == ENGINE_COMPLETE && r.succeeded == 240 && w.now < 30000,
	    "retries that are answered do not hold up the others: %u s", (unsigned)(w.now / 1000));
	free_world(&w);
}

static unsigned shown;
static char last_line[200];

static void
show(const char *line)
{
	shown++;
	snprintf(last_line, sizeof last_line, "%s", line);
}

static struct outcome
refused_once(struct world *w, uint64_t attempt)
{
	return attempt == 1 ? overloaded(w, attempt) : good(w, attempt);
}

/* What the meter has told of the run of a world of four records, two at once. */
static void
tell(struct world *w, char *events, size_t n)
{
	int fd = memfd_create("events", 0);
	char path[40];
	struct buf reason = {0};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .seed = 1};
	struct gates gates = fixed(2);

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (events_open(&w->meter.events, path, &(struct input){0}, -1, -1, &reason))
		printf("# %s\n", reason.data);
	run_world(w, &config, &gates);
	ok(!events_close(&w->meter.events, false), "the file of events is closed");
	events[pread(fd, events, n - 1, 0)] = '\0';
	close(fd);
	free_world(w);
}

static unsigned
count(const char *text, const char *word)
{
	unsigned n = 0;

	while ((text = strstr(text, word))) {
		text++;
		n++;
	}
	return n;
}

static void
test_meter(void)
{
	struct world w = {
	    .records = 4, .answer = refused_once, .meter = {.show = show, .every_ms = 150}};
	char events[4000] = "";

	tell(&w, events, sizeof events);
	ok(strstr(events, "{\"event\":\"sent\",\"t\":0.000,\"seq\":0,\"model\":\"\",\"attempt\":1,"
			  "\"in_flight\":1}\n") == events,
	    "the first event is that of the first call");
	ok(count(events, "\"sent\"") == 5 && count(events, "\"done\"") == 5 &&
		count(events, "\"retry\"") == 1,
	    "each attempt, each retry and each result is an event");
	ok(strstr(
	       events, "\"t\":0.010,\"seq\":1,\"class\":\"overloaded\",\"status\":503,\"wait\":"),
	    "a retry says why and when");
	ok(strstr(events, ",\"why\":\"done\",\"succeeded\":4,\"failed\":0,\"unattempted\":0}\n"),
	    "the last one is the end");
	ok(shown == (w.now - 1000) / 150, "a line is shown as often as it was asked for");
	ok(strstr(last_line, " done, ") && strstr(last_line, "/2 in flight, 1 refused"),
	    "it tells what is done, in flight and refused");
}

static struct outcome
refused_early(struct world *w, uint64_t attempt)
{
	struct outcome o = good(w, attempt);

	if (attempt == 50)
		o = (struct outcome){WIRE_ANSWERED, 429, CONTENT_JUNK, REFUSAL_PLAIN, 100, 10};
	return o;
}

static struct outcome
refused_often(struct world *w, uint64_t attempt)
{
	if (!let_in(w, 5))
		return (struct outcome){WIRE_ANSWERED, 429, CONTENT_JUNK, REFUSAL_PLAIN, 100, 10};
	return good(w, attempt);
}

static void
test_settled(void)
{
	struct world w = {.records = 4000, .answer = refused_early},
		     v = {.records = 4000, .answer = refused_often};
	struct engine_config config = {.retry = 5, .max_wait_ms = 60000, .seed = 1};
	struct gates gates, other;

	gates_init(&gates, &(struct gates_config){.min = 1, .max = 16, .seed = 1});
	gates_init(&other, &(struct gates_config){.min = 1, .max = 16, .seed = 1});
	run_world(&w, &config, &gates);
	run_world(&v, &config, &other);
	buf_char(&w.limits, ';');
	buf_char(&v.limits, ';');
	ok(!strstr(w.limits.data, "--rate"), "a rate that has held up nothing is not told: %s",
	    w.limits.data);
	ok(strstr(v.limits.data, "--rate"), "one that has is: %s", v.limits.data);
	free_world(&v);
	free_world(&w);
}

int
main(void)
{
	test_meter();
	test_settled();
	test_halt();
	test_halt_rule();
	test_deadline();
	test_retry_time();
	test_calls();
	test_tokens();
	test_retries_delay();
	test_crowded(503);
	test_crowded(429);
	test_bare_rate();
	test_back_again();
	test_bounds();
	test_concurrency();
	test_pacing();
	test_hint();
	test_models();
	test_first_attempts();
	test_hopeless();
	test_poisoned();
	test_last_attempt();
	test_silence();
	test_absent();
	test_outage();
	test_stops();
	test_quota_of_one_model();
	test_interrupt();
	test_output_gone();
	test_stored();
	test_interrupted_reuse();
	test_kept();
	test_attempts();
	return tap_done();
}
