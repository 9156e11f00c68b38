// SPDX-License-Identifier: MIT
/*
 * What is retryable? Read this file from the bottom: how far the attempt came,
 * then the HTTP status, then what the answer held or the refusal named.
 */
#include "limit/verdict.h"

#include <string.h>

static struct verdict
say(enum call_class class, enum action action)
{
	return (struct verdict){.class = class, .action = action};
}

static struct verdict
of_content(enum content content)
{
	switch (content) {
	case CONTENT_TEXT: return say(CLASS_OK, ACTION_DONE);
	case CONTENT_BLOCKED: return say(CLASS_BLOCKED, ACTION_FAIL);
	case CONTENT_EMPTY: return say(CLASS_EMPTY, ACTION_AMBIGUOUS);
	case CONTENT_OTHER: return say(CLASS_EMPTY, ACTION_FAIL);
	case CONTENT_CUT: return say(CLASS_TRUNCATED, ACTION_FAIL);
	case CONTENT_JUNK: return say(CLASS_INVALID, ACTION_AMBIGUOUS);
	}
	return say(CLASS_INVALID, ACTION_FAIL);
}

static struct verdict
of_refusal(int status, enum refusal refusal)
{
	switch (refusal) {
	case REFUSAL_KEY: return say(CLASS_AUTH, ACTION_REFUSED);
	case REFUSAL_MODEL: return say(CLASS_NOT_FOUND, ACTION_REFUSED);
	case REFUSAL_SIZE: return say(CLASS_TOO_LARGE, ACTION_FAIL);
	case REFUSAL_FILE: return say(CLASS_BAD_REQUEST, ACTION_FAIL);
	case REFUSAL_DAY: return say(CLASS_QUOTA, ACTION_STOP);
	case REFUSAL_PLAIN: break;
	}
	switch (status) {
	case 401:
	case 403: return say(CLASS_AUTH, ACTION_REFUSED);
	case 404: return say(CLASS_NOT_FOUND, ACTION_FAIL);
	case 408: return say(CLASS_TIMEOUT, ACTION_RETRY);
	case 413: return say(CLASS_TOO_LARGE, ACTION_FAIL);
	case 429: return say(CLASS_RATE, ACTION_WAIT);
	case 499: return say(CLASS_OVERLOADED, ACTION_RETRY); /* the server itself has cancelled */
	}
	return say(CLASS_BAD_REQUEST, ACTION_FAIL);
}

static struct verdict
of_status(const struct facts *f)
{
	if (f->status == 200)
		return of_content(f->content);
	if (f->status >= 300 && f->status < 400)
		return say(CLASS_REDIRECT, ACTION_FAIL);
	if (f->status >= 400 && f->status < 500)
		return of_refusal(f->status, f->refusal);
	if (f->status == 503)
		return say(CLASS_OVERLOADED, ACTION_RETRY);
	if (f->status == 501 || f->status == 505) /* no server of this API */
		return say(CLASS_SERVER, ACTION_FAIL);
	if (f->status == 504) /* the server's own deadline: it has worked on it */
		return say(CLASS_TIMEOUT, ACTION_AMBIGUOUS);
	if (f->status >= 500 && f->status < 600)
		return say(CLASS_SERVER, ACTION_RETRY);
	return say(CLASS_INVALID, ACTION_FAIL);
}

static struct verdict
of_wire(const struct facts *f)
{
	switch (f->wire) {
	case WIRE_ANSWERED: return of_status(f);
	case WIRE_UNSENT: return say(CLASS_NETWORK, ACTION_RETRY);
	case WIRE_INSECURE: return say(CLASS_TLS, ACTION_RETRY);
	case WIRE_UNTRUSTED: return say(CLASS_TLS, ACTION_FAIL);
	case WIRE_LOST: return say(CLASS_NETWORK, ACTION_AMBIGUOUS);
	case WIRE_TIMEOUT: return say(CLASS_TIMEOUT, ACTION_AMBIGUOUS);
	case WIRE_STALLED: return say(CLASS_STALL, ACTION_AMBIGUOUS);
	case WIRE_TOO_LARGE: return say(CLASS_TOO_LARGE, ACTION_FAIL);
	case WIRE_CANCELLED: return say(CLASS_STOPPED, ACTION_FAIL);
	}
	return say(CLASS_INVALID, ACTION_FAIL);
}

static const struct {
	const char *name;
	enum load load;
	bool may_pass; /* on another day */
} classes[CLASS_COUNT] = {
    [CLASS_OK] = {"ok", LOAD_ANSWERED, false},
    [CLASS_INPUT] = {"input", LOAD_UNKNOWN, false},
    [CLASS_AUTH] = {"auth", LOAD_UNKNOWN, true},
    [CLASS_BAD_REQUEST] = {"bad_request", LOAD_UNKNOWN, false},
    [CLASS_NOT_FOUND] = {"not_found", LOAD_UNKNOWN, false},
    [CLASS_RATE] = {"rate", LOAD_RATE, true},
    [CLASS_QUOTA] = {"quota", LOAD_UNKNOWN, true}, /* it is over, whatever the pace */
    [CLASS_OVERLOADED] = {"overloaded", LOAD_BUSY, true},
    [CLASS_SERVER] = {"server", LOAD_BUSY, true},
    [CLASS_NETWORK] = {"network", LOAD_BUSY, true},
    [CLASS_TLS] = {"tls", LOAD_BUSY, true},
    [CLASS_TIMEOUT] = {"timeout", LOAD_BUSY, true},
    [CLASS_STALL] = {"stall", LOAD_BUSY, true},
    [CLASS_BLOCKED] = {"blocked", LOAD_ANSWERED, false},
    [CLASS_EMPTY] = {"empty", LOAD_ANSWERED, false},
    [CLASS_TRUNCATED] = {"truncated", LOAD_ANSWERED, false},
    [CLASS_INVALID] = {"invalid", LOAD_UNKNOWN, false},
    [CLASS_TOO_LARGE] = {"too_large", LOAD_UNKNOWN, false},
    [CLASS_REDIRECT] = {"redirect", LOAD_UNKNOWN, false},
    [CLASS_STOPPED] = {"stopped", LOAD_UNKNOWN, true},
};

struct verdict
verdict_of(const struct facts *f)
{
	struct verdict v = of_wire(f);

	/* sent, and no answer that is of use: it may have been made, all the same */
	v.maybe_billed = f->wire >= WIRE_LOST || v.action == ACTION_AMBIGUOUS;
	v.load = classes[v.class].load;
	if (v.load == LOAD_BUSY && v.action == ACTION_FAIL) /* no pause mends it */
		v.load = LOAD_UNKNOWN;
	return v;
}

const char *class_name(enum call_class class)
{
	return classes[class].name;
}

enum call_class
class_named(const char *name, size_t n)
{
	for (int c = 0; c < CLASS_COUNT; c++) {
		if (strlen(classes[c].name) == n && memcmp(classes[c].name, name, n) == 0)
			return (enum call_class)c;
	}
	return CLASS_INVALID;
}

bool class_may_pass(enum call_class class)
{
	return classes[class].may_pass;
}
