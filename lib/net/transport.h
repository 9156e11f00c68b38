// SPDX-License-Identifier: MIT
/*
 * The transport that the engine drives: calls out, replies in, and all waiting.
 *
 * A call is started, and comes back through `done` once, whatever became of
 * it. Because the transport waits for the descriptors of the program too
 * (stdin, stdout, signals) and tells the time, a test can put a simulated
 * server on a virtual clock in its place.
 * May call: base, record/exchange.
 */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include <sys/queue.h>

#include "record/exchange.h"

/* One attempt in flight. The transport fills the reply; the rest is the engine's. */
struct call {
	const struct request *request; /* borrowed until the call is done */
	struct reply *reply;
	void *owner;             /* the engine's task */
	void *handle;            /* the transport's own */
	bool lost;               /* likewise: the last attempt went out and got no answer */
	STAILQ_ENTRY(call) done; /* in the transport's list of those that have ended */
};

enum watch_what {
	WATCH_INPUT,
	WATCH_OUTPUT,
	WATCH_HANGUP, /* the other end of an output is gone */
};

struct watch {
	int fd; /* -1: not watched */
	enum watch_what what;
	bool ready; /* set by wait */
};

struct transport {
	void *self;
	int64_t (*now)(void *self); /* milliseconds, monotonic */
	bool (*open)(void *self);   /* may a call start? If not, wait */
	void (*start)(void *self, struct call *call);
	void (*cancel)(void *self, struct call *call); /* it comes back as WIRE_CANCELLED */
	struct call *(*done)(void *self);              /* the next one that has ended, or NULL */

	/* Until a call is done, a watched descriptor is ready or the deadline has come. */
	void (*wait)(void *self, struct watch *watches, size_t count, int64_t deadline);
};

#endif
