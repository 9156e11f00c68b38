// SPDX-License-Identifier: MIT
/*
 * What is retryable? Read this file from the bottom: how far the attempt came,
 * then the HTTP status, then what the answer held or the refusal named.
 */
#include "limit/verdict.h"

#include <string.h>

#define BILLED true

static struct verdict
say(enum call_class class, enum action action)
{
	return (struct verdict){class, action, false};
}

static struct verdict ambiguous(enum call_class class)
{
	return (struct verdict){class, ACTION_AMBIGUOUS, BILLED};
}

static struct verdict
of_content(enum content content)
{
	switch (content) {
	case CONTENT_TEXT: return say(CLASS_OK, ACTION_DONE);
	case CONTENT_BLOCKED: return say(CLASS_BLOCKED, ACTION_FAIL);
	case CONTENT_EMPTY: return ambiguous(CLASS_EMPTY);
	case CONTENT_CUT: return say(CLASS_TRUNCATED, ACTION_FAIL);
	case CONTENT_JUNK: return ambiguous(CLASS_INVALID);
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
	case 499:
		return say(
		    CLASS_OVERLOADED, ACTION_RETRY); /* cancelled by the server, under load */
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
	if (f->status == 504) /* the server's own deadline: it has worked on it */
		return ambiguous(CLASS_TIMEOUT);
	if (f->status >= 500 && f->status < 600)
		return say(CLASS_SERVER, ACTION_RETRY);
	return say(CLASS_INVALID, ACTION_FAIL);
}

struct verdict
verdict_of(const struct facts *f)
{
	switch (f->wire) {
	case WIRE_ANSWERED: return of_status(f);
	case WIRE_UNSENT: return say(CLASS_NETWORK, ACTION_RETRY);
	case WIRE_INSECURE: return say(CLASS_TLS, ACTION_RETRY);
	case WIRE_UNTRUSTED: return say(CLASS_TLS, ACTION_FAIL);
	case WIRE_LOST: return ambiguous(CLASS_NETWORK);
	case WIRE_TIMEOUT: return ambiguous(CLASS_TIMEOUT);
	case WIRE_STALLED: return ambiguous(CLASS_STALL);
	case WIRE_TOO_LARGE: return (struct verdict){CLASS_TOO_LARGE, ACTION_FAIL, BILLED};
	case WIRE_CANCELLED: return (struct verdict){CLASS_STOPPED, ACTION_FAIL, BILLED};
	}
	return say(CLASS_INVALID, ACTION_FAIL);
}

enum load
verdict_load(const struct verdict *v)
{
	switch (v->class) {
	case CLASS_OK:
	case CLASS_BLOCKED:
	case CLASS_EMPTY:
	case CLASS_TRUNCATED: return LOAD_ANSWERED;
	case CLASS_RATE: return LOAD_RATE;
	case CLASS_OVERLOADED:
	case CLASS_SERVER:
	case CLASS_NETWORK:
	case CLASS_TIMEOUT:
	case CLASS_STALL: return LOAD_BUSY;
	case CLASS_TLS: /* who is not trusted will not be after a pause */
		return v->action == ACTION_RETRY ? LOAD_BUSY : LOAD_UNKNOWN;
	case CLASS_QUOTA: /* it is over, whatever the pace */
	case CLASS_INPUT:
	case CLASS_AUTH:
	case CLASS_BAD_REQUEST:
	case CLASS_NOT_FOUND:
	case CLASS_INVALID:
	case CLASS_TOO_LARGE:
	case CLASS_REDIRECT:
	case CLASS_STOPPED:
	case CLASS_COUNT: break;
	}
	return LOAD_UNKNOWN;
}

static const char *const names[CLASS_COUNT] = {"ok", "input", "auth", "bad_request", "not_found",
    "rate", "quota", "overloaded", "server", "network", "tls", "timeout", "stall", "blocked",
    "empty", "truncated", "invalid", "too_large", "redirect", "stopped"};

const char *class_name(enum call_class class)
{
	return names[class];
}

enum call_class
class_named(const char *name, size_t n)
{
	for (int c = 0; c < CLASS_COUNT; c++) {
		if (strlen(names[c]) == n && memcmp(names[c], name, n) == 0)
			return (enum call_class)c;
	}
	return CLASS_INVALID;
}

bool class_may_pass(enum call_class class)
{
	static const bool passing[CLASS_COUNT] = {[CLASS_AUTH] = true,
	    [CLASS_RATE] = true,
	    [CLASS_QUOTA] = true,
	    [CLASS_OVERLOADED] = true,
	    [CLASS_SERVER] = true,
	    [CLASS_NETWORK] = true,
	    [CLASS_TLS] = true,
	    [CLASS_TIMEOUT] = true,
	    [CLASS_STALL] = true,
	    [CLASS_STOPPED] = true};

	return passing[class];
}
