// SPDX-License-Identifier: MIT
/*
 * The engine: admit, send, settle, emit; the owner of every record in flight.
 *
 * A record is pulled from the program when there is room for it, made into a
 * request by the api, let through the gate, carried by the transport, read by
 * the api, judged by limit/verdict, and then either waits for its next attempt
 * (without holding a place in flight) or is settled and emitted, once. The
 * number of records in each state adds up to the number pulled; that is
 * asserted on every round. Backpressure is structure: with no room, input is
 * not watched.
 *
 * What happens at the end: input that ends is drained; an interrupt stops
 * reading and drains for up to drain_ms; a refusal of the key or the model
 * before any success, spent daily quotas of all models so far, nothing but refusals for longer
 * than max_wait_ms, too many failures, the deadline, or a budget that allows no
 * more stop the run. Records that wait for another attempt then come out with
 * the failure that they had; those never attempted are counted, not invented.
 *
 * Knows no JSON and no curl.
 * May call: base, limit, record, api, net/transport.
 */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include "api/api.h"
#include "net/transport.h"
#include "run/gates.h"
#include "run/halt.h"
#include "run/meter.h"
#include "run/task.h"

enum pulled {
	PULLED_RECORD,
	PULLED_NOTHING, /* wait until the input is readable */
	PULLED_END,
};

/* Has the answer to a task's request been stored by an earlier run? */
enum stored {
	STORED_NONE,
	STORED_HERE,  /* now it is in task->answer and task->facts: the record is settled */
	STORED_LATER, /* not known yet: the record is given back, and pulled again */
};

/* What became of writing. */
enum flushed {
	FLUSH_LOST = -2, /* the output is gone for good … */
	FLUSH_KEPT = -1, /* … but what comes back is still kept elsewhere */
	FLUSH_LEFT,      /* some is left to write */
	FLUSH_DONE,
};

/* The program's side. Callbacks run inside engine_run, never inside one another. */
struct engine_port {
	void *context;
	/* Takes the next record apart into task->record; seq is set. */
	enum pulled (*pull)(void *context, struct task *task);
	int (*input_fd)(void *context);                 /* what to wait for after PULLED_NOTHING */
	void (*fill)(void *context);                    /* it is readable */
	void (*emit)(void *context, struct task *task); /* a settled record, once */
	bool (*room)(void *context);                    /* may another record be pulled? */
	enum flushed (*flush)(void *context);           /* writes what can be written */
	/* What to wait for after FLUSH_LEFT, and whose hang-up ends the run; -1: try again soon. */
	int (*output_fd)(void *context);
	void (*output_lost)(void *context); /* it has hung up: nothing can be written any more */
	int signal_fd;                      /* -1: none */
	/* It is readable: how many interrupts have come in all. */
	unsigned (*interrupts)(void *context);
	struct meter *meter; /* is told what happens */
	/* Takes a stored answer, once the fingerprint is there; NULL: nothing is stored. */
	enum stored (*recall)(void *context, struct task *task);
};

struct engine_config {
	const struct api *api;
	const struct api_defaults *defaults;
	const char *origin; /* for the fingerprint */
	int64_t retry;      /* further attempts of a record */
	int64_t retry_ambiguous;
	int64_t max_wait_ms; /* a longer hint, or time of nothing but refusals, stops the run */
	int64_t drain_ms;
	int64_t retry_max_ms; /* no attempt of a record so long after its first; 0: no limit */
	int64_t deadline_ms;  /* no attempt so long after the run's start; 0: none */
	struct halt halt;
	int64_t max_calls, max_tokens; /* INT64_MAX: no bound */
	uint64_t seed;
};

enum engine_end {
	ENGINE_COMPLETE,
	ENGINE_QUOTA, /* a quota that waiting does not refill */
	ENGINE_WAIT_TOO_LONG,
	ENGINE_KEY_LOST, /* the key is refused, after some success */
	ENGINE_HALT,
	ENGINE_DEADLINE,
	ENGINE_BUDGET,
	ENGINE_REFUSED, /* key or model, before any success; from here on each beats those before */
	ENGINE_INTERRUPTED,
	ENGINE_OUTPUT_GONE,
};

struct engine_report {
	enum engine_end end;
	uint64_t pulled;
	uint64_t emitted;
	uint64_t succeeded;
	uint64_t reused;      /* of these: without a call */
	uint64_t failed;      /* in this run */
	uint64_t unattempted; /* pulled, and never sent because the run stopped */
	bool rest;            /* after a stop: there are some of these, or input not pulled yet */
	int64_t wait_ms;      /* that the server has asked for, which was too long */
	bool output_left;     /* an interrupt has given up on a reader that takes nothing */
	struct buf why;       /* the message of the refusal that stopped it; the caller frees it */
};

/* Why the run has stopped before its input was done, in words. */
const char *engine_end_reason(enum engine_end end);

struct engine_report engine_run(const struct engine_config *config, struct gates *gates,
    struct transport transport, const struct engine_port *port);

#endif
