// SPDX-License-Identifier: MIT
/*
 * A slot: one easy handle, and the call that it carries at the moment.
 *
 * Here stands how a request is put to libcurl and what is taken from it: the
 * options, the callbacks, and how its result codes are read.
 * May call: base, net/origin.
 */
#ifndef NET_SLOT_H
#define NET_SLOT_H

#include <sys/queue.h>

#include "net/origin.h"

/*
 * Something of a slot that may take so long and no longer. The limit is the same for all, so
 * that a list in the order of their beginnings is all the timer that is needed, the oldest
 * first; a timer of libcurl's for each call costs 7 % of it.
 */
struct timeout {
	struct timeouts *in; /* NULL: it does not run */
	TAILQ_ENTRY(timeout) list;
	struct slot *slot;
	int64_t since_us; /* on base/clock */
};

TAILQ_HEAD(timeouts, timeout);

/* Of all slots of a transport. */
struct call_timeouts {
	struct timeouts attempts; /* under way */
	struct timeouts answers;  /* that have begun */
};

struct slot {
	CURL *easy;
	struct call *call;
	struct origin *origin;
	struct call_timeouts *timeouts;
	struct lane *lane;
	SLIST_ENTRY(slot) idle; /* in the list of those that wait for a call */
	size_t header_bytes;
	bool interim;        /* the header at hand is of a 1xx answer */
	bool new_connection; /* carries the call */
	bool resend_refused;
	bool clean;             /* the options stand, and the call before has left nothing behind */
	struct timeout attempt; /* since its start */
	struct timeout answer;  /* since its last byte */
	char error[CURL_ERROR_SIZE];
};

struct slot *slot_new(struct origin *origin, struct call_timeouts *timeouts); /* which outlive it */
void slot_free(struct slot *s);

/* Sets everything for the call, which is borrowed until slot_end or slot_give_up. */
void slot_begin(struct slot *s, struct call *call, const char *url);

/* Completes the reply from libcurl's result and lets the call go. */
struct call *slot_end(struct slot *s, CURLcode code);
/* The same for one that is given up: WIRE_CANCELLED, WIRE_TIMEOUT or WIRE_STALLED. */
struct call *slot_give_up(struct slot *s, enum wire wire);

#endif
