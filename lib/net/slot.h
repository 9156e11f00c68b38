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

#include "net/origin.h"

struct slot {
	CURL *easy;
	struct call *call;
	struct origin *origin;
	struct talks *talks;
	struct lane *lane;
	struct slot *next; /* in the list of idle ones */
	int64_t started_us;
	size_t header_bytes;
	bool interim;        /* the header at hand is of a 1xx answer */
	bool new_connection; /* carries the call */
	bool resend_refused;
	bool clean; /* the options stand, and the call before has left nothing behind */
	struct talk {
		struct talks *in; /* NULL: the answer has not begun */
		struct talk *next, *previous;
		int64_t heard_us; /* the last byte */
	} talk;
	char error[CURL_ERROR_SIZE];
};

/* Slots whose answer has begun, the one that has been silent the longest first. */
struct talks {
	struct talk *first, *last;
};

struct slot *slot_new(void);
void slot_free(struct slot *s);

/* Sets everything for the call, which is borrowed until slot_end or slot_give_up. */
void slot_begin(
    struct slot *s, struct call *call, struct origin *origin, struct talks *talks, const char *url);

/* Completes the reply from libcurl's result and lets the call go. */
struct call *slot_end(struct slot *s, CURLcode code);
/* The same for one that is given up: WIRE_CANCELLED or WIRE_STALLED. */
struct call *slot_give_up(struct slot *s, enum wire wire);

/* The slot of the first of them. */
struct slot *slot_of_talk(struct talk *talk);

#endif
