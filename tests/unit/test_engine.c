// SPDX-License-Identifier: MIT
/*
 * The engine on a virtual clock, against a simulated transport and api: no
 * socket, no JSON, no waiting. Outcomes are drawn at random from a seed, and
 * whatever they are: bounds hold, and each record comes out exactly once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "run/engine.h"
#include "tap.h"

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
	struct call *calls[512]; /* in flight */
	int64_t ends[512];
	struct outcome outcomes[512];
	size_t in_flight, peak;
	uint64_t attempts, most; /* most: of one record */
	int64_t last_start, least_gap, first_start_after;
	struct call *done;
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
	int64_t interrupt_at, hangup_at;
	struct reply *last;
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
	struct outcome o = w->answer(w, w->attempts++);

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
	call->reply->first_ms = (int)o->content; /* carried to the simulated api in unused fields */
	call->reply->total_ms = (int)o->refusal;
	call->next = w->done;
	w->done = call;
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
	struct call *call = w->done;

	if (call)
		w->done = call->next;
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
	(void)d, (void)out;
	*reason = "the api refuses it";
	return r->seq % 50 == 49 ? -1 : 0;
}

static void
sim_read(const struct request *q, struct reply *r, struct answer *a)
{
	(void)q;
	answer_reset(a);
	a->facts = (struct facts){r->wire, r->status, (enum content)r->first_ms,
	    (enum refusal)r->total_ms, r->retry_after_ms};
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

static const struct api sim_api = {"key", NULL, sim_build, sim_read};

static struct engine_report
run_world(struct world *w, struct engine_config *config, struct gate *gate)
{
	struct engine_port port = {w, sim_pull, sim_fd, sim_fill, sim_emit, sim_room, sim_flush,
	    sim_fd, sim_output_lost, -1, sim_interrupts, w->stored};
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
	return engine_run(config, gate, transport, &port);
}

static void
free_world(struct world *w)
{
	free(w->emitted);
	free(w->classes);
	free(w->attempts_said);
	free(w->asked);
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
		    .max_wait_ms = 300000,
		    .drain_ms = 1000,
		    .seed = seed};
		struct gate gate = {.bound = 1 + seed % 17};
		struct engine_report r;
		uint64_t sent = 0;

		rng_seed(&w.random, seed);
		r = run_world(&w, &config, &gate);
		sent = attempts_said(&w);
		ok(each_once(&w) && r.emitted == 400 && r.end == ENGINE_COMPLETE,
		    "seed %d: each of 400 records comes out once under random outcomes", (int)seed);
		ok(w.peak <= gate.bound && gate.in_flight == 0,
		    "seed %d: never more than %zu in flight", (int)seed, gate.bound);
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
	struct gate gate = {.bound = 16};

	run_world(&w, &config, &gate);
	ok(w.peak == 16 && w.now == 1000 + 3 * 200,
	    "48 calls of 200 ms, 16 at once, take three rounds");
	free_world(&w);
}

static void
test_pacing(void)
{
	struct world w = {.records = 20, .answer = good};
	struct engine_config config = {.retry = 5, .max_wait_ms = 1000};
	struct gate gate = {.bound = 100};

	pacer_init(&gate.pacer, 4, 0);
	run_world(&w, &config, &gate);
	ok(w.least_gap >= 250 - PACER_SLACK_MS && w.last_start == 1000 + 19 * 250,
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
	struct gate gate = {.bound = 1};

	run_world(&w, &config, &gate);
	ok(each_once(&w) && w.first_start_after >= 1010 + 5000,
	    "a hint that one call got holds for all");
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
	struct gate gate = {.bound = 4};
	struct engine_report r = run_world(&w, &config, &gate);

	ok(r.end == ENGINE_WAIT_TOO_LONG && w.now < 1000 + 300000,
	    "a server that only refuses stops the run when --max-wait is over");
	ok(r.pulled == r.emitted + r.unattempted && r.pulled <= 4 * 18,
	    "and records never sent are not invented");
	buf_free(&r.why);
	free_world(&w);
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
	struct gate gate = {.bound = 8}, other = {.bound = 8};
	struct engine_report r = run_world(&w, &config, &gate);

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
	struct gate gate = {.bound = 8};
	struct engine_report r = run_world(&w, &config, &gate);

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
	struct gate gate = {.bound = 8}, other = {.bound = 8};
	struct engine_report r = run_world(&w, &config, &gate);

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
lost(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){WIRE_LOST, 0, CONTENT_JUNK, REFUSAL_PLAIN, -1, 10};
}

static struct outcome
overloaded(struct world *w, uint64_t attempt)
{
	(void)w, (void)attempt;
	return (struct outcome){WIRE_ANSWERED, 503, CONTENT_JUNK, REFUSAL_PLAIN, -1, 10};
}

static void
test_attempts(void)
{
	struct world w = {.records = 1, .answer = lost}, v = {.records = 1, .answer = overloaded};
	struct engine_config config = {.retry = 5, .retry_ambiguous = 1, .max_wait_ms = 600000};
	struct gate gate = {.bound = 8};

	run_world(&w, &config, &gate);
	ok(w.attempts == 2 && w.classes[0] == CLASS_NETWORK,
	    "an attempt that may have been billed is repeated once");
	run_world(&v, &config, &gate);
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
	struct gate gate = {.bound = 8}, other = {.bound = 8};
	struct engine_report r = run_world(&w, &config, &gate);

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
	struct gate gate = {.bound = 8};
	struct engine_report r = run_world(&w, &config, &gate);

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
	struct gate gate = {.bound = 8}, other = {.bound = 8};
	struct engine_report r = run_world(&w, &config, &gate);

	ok(r.end == ENGINE_OUTPUT_GONE && w.attempts == 8 && r.succeeded == 8,
	    "what is kept elsewhere is waited for when the reader goes away");
	r = run_world(&v, &hasty, &other);
	ok(r.end == ENGINE_OUTPUT_GONE && v.now == 1250 && r.emitted == 8 && !r.succeeded,
	    "no longer than --drain");
	free_world(&v);
	free_world(&w);
}

int
main(void)
{
	test_bounds();
	test_concurrency();
	test_pacing();
	test_hint();
	test_hopeless();
	test_stops();
	test_interrupt();
	test_output_gone();
	test_stored();
	test_interrupted_reuse();
	test_kept();
	test_attempts();
	return tap_done();
}
