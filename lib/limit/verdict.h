// SPDX-License-Identifier: MIT
/*
 * What an attempt's outcome means: its class, and what happens to the record.
 *
 * The facts are gathered by net (what happened on the wire) and api (what the
 * answer said); the judgement is made here and nowhere else. A class is never
 * decided by a phrase of a message alone. What is retried, and at whose
 * expense, follows from what an attempt can have cost:
 *   never sent, or refused      nothing: tried again
 *   refused by rate             nothing: tried again without using up --retry
 *   sent, answer lost or junk   perhaps a paid answer: --retry-ambiguous
 *   answered                    paid: never asked again
 * Pure: calls nothing of ours.
 */
#ifndef LIMIT_VERDICT_H
#define LIMIT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum call_class { /* the words of gem-record(5) */
	CLASS_OK,
	CLASS_INPUT,
	CLASS_AUTH,
	CLASS_BAD_REQUEST,
	CLASS_NOT_FOUND,
	CLASS_RATE,
	CLASS_QUOTA,
	CLASS_OVERLOADED,
	CLASS_SERVER,
	CLASS_NETWORK,
	CLASS_TLS,
	CLASS_TIMEOUT,
	CLASS_STALL,
	CLASS_BLOCKED,
	CLASS_EMPTY,
	CLASS_TRUNCATED,
	CLASS_INVALID,
	CLASS_TOO_LARGE,
	CLASS_REDIRECT,
	CLASS_STOPPED,
	CLASS_COUNT,
};

enum wire {            /* how far an attempt came */
	WIRE_ANSWERED, /* a whole HTTP answer */
	WIRE_UNSENT,   /* not sent, or not taken: resolver, connection, a stream that was refused */
	WIRE_INSECURE, /* no TLS handshake; nothing went out */
	WIRE_UNTRUSTED, /* the server's certificate was refused; nothing went out */
	WIRE_LOST,      /* sent, and no whole answer came; from here on it may be billed */
	WIRE_TIMEOUT,   /* sent, and given up waiting */
	WIRE_STALLED,   /* the answer has begun, and nothing came for too long */
	WIRE_TOO_LARGE, /* the answer passed its ceiling */
	WIRE_CANCELLED, /* by us, while it was in flight */
};

enum content {        /* what an answer with status 200 holds */
	CONTENT_TEXT, /* an answer that is finished */
	CONTENT_BLOCKED,
	CONTENT_EMPTY, /* finished without anything */
	CONTENT_OTHER, /* finished without text: a picture, a call of a function */
	CONTENT_CUT,   /* stopped before it was finished */
	CONTENT_JUNK,  /* not the JSON of an answer */
};

enum refusal { /* what a 4xx names as its reason */
	REFUSAL_PLAIN,
	REFUSAL_KEY,   /* the key, the account or the region */
	REFUSAL_MODEL, /* the model that the whole run asks for */
	REFUSAL_SIZE,  /* the request is too large */
	REFUSAL_FILE,  /* an uploaded file that the record names: not there, not ready */
	REFUSAL_DAY,   /* a quota that waiting minutes does not refill: per day, or zero */
};

enum quota_unit { QUOTA_UNNAMED, QUOTA_CALLS, QUOTA_TOKENS };

struct facts {
	enum wire wire;
	int status; /* HTTP; for an error inside a 200, the code that it names */
	enum content content;
	enum refusal refusal;
	int64_t hint_ms;      /* how long the server asks to wait; -1: it does not say */
	enum quota_unit unit; /* of the quota that a refusal names */
	double quota;         /* that quota a minute; 0: not told */
};

/* What an attempt tells of the server's load. */
enum load {
	LOAD_ANSWERED, /* the work was done */
	LOAD_RATE,     /* refused: too many, too fast */
	LOAD_BUSY,     /* 503 and other 5xx, a connection lost or refused, a timeout */
	LOAD_UNKNOWN,  /* the request's own fault, or ours */
};

enum action {
	ACTION_DONE,      /* success */
	ACTION_FAIL,      /* the record has failed */
	ACTION_RETRY,     /* again, counted against --retry */
	ACTION_WAIT,      /* again, not counted: refused by rate */
	ACTION_AMBIGUOUS, /* again, counted against --retry-ambiguous */
	ACTION_STOP,      /* the record has failed and so will all others, until tomorrow */
	ACTION_REFUSED,   /* the record has failed and so will all others: key, model */
};

struct verdict {
	enum call_class class;
	enum action action;
	enum load load;
	bool maybe_billed; /* the attempt may have cost money without a usable answer */
};

struct verdict verdict_of(const struct facts *facts);

const char *class_name(enum call_class class);
/* The class of that name; CLASS_INVALID for none of them. */
enum call_class class_named(const char *name, size_t n);

/* May a run of another day mend such a failure? Nothing that was answered: it would cost again. */
bool class_may_pass(enum call_class class);

#endif
