// SPDX-License-Identifier: MIT
/*
 * The scanner with SSE2, the one without and the naive one say the same of any
 * bytes: verdict, place of the error, flags, and the members that are wanted;
 * and so does the one that knows names of the texts before.
 * So does jansson, where it is at hand, but for what is listed below.
 */
#include "fuzz.h"
#include "jansson.h"
#include "reference.h"

int json_scan_members_portable(struct json_names *names, struct slice text,
    const struct json_want *wants, size_t count, struct json_value *out, struct json_value *whole,
    struct json_error *error);

/* Names that the corpus and the driver's words have, on several levels. */
static const struct json_want wants[] = {JSON_WANT("a"), JSON_WANT("b"), JSON_WANT_IN("b", 1),
    JSON_WANT_IN("a", 1), JSON_WANT_IN("b", 4), JSON_WANT("\xc3\xa9"), JSON_WANT("id"),
    JSON_WANT(""), JSON_WANT_IN("c", 2)};
#define WANTS (sizeof wants / sizeof *wants)

struct answer {
	int status;
	struct json_value whole, out[WANTS];
	struct json_error error;
};

/* Of a container only the mark of a duplicate is defined. */
static unsigned
defined_flags(const struct json_value *v)
{
	return v->kind == JSON_OBJECT || v->kind == JSON_ARRAY ? v->flags & JSON_DUPLICATE
							       : v->flags;
}

static bool
same_value(const struct json_value *a, const struct json_value *b)
{
	return a->kind == b->kind && (a->kind == JSON_NONE || (a->p == b->p && a->n == b->n)) &&
	       defined_flags(a) == defined_flags(b);
}

static void
compare(const struct answer *got, const struct answer *expected)
{
	MUST(got->status == expected->status);
	if (got->status) {
		MUST(got->error.offset == expected->error.offset);
		MUST(got->error.reason);
		return;
	}
	MUST(got->whole.p == expected->whole.p && got->whole.n == expected->whole.n);
	MUST(got->whole.kind == expected->whole.kind && got->whole.flags == expected->whole.flags);
	for (size_t i = 0; i < WANTS; i++)
		MUST(same_value(&got->out[i], &expected->out[i]));
}

static void
ask_reference(struct slice text, struct answer *a)
{
	a->status = reference_scan(text, &a->whole, &a->error.offset);
	for (size_t i = 0; i < WANTS && !a->status; i++) {
		a->out[i] = reference_get(
		    wants[i].in ? &a->out[wants[i].in - 1] : &a->whole, wants[i].name);
		a->whole.flags |= a->out[i].flags & JSON_DUPLICATE;
	}
}

/* Where jansson says otherwise by its own policies or by ours. */
static bool
may_differ(enum jansson_verdict verdict, const struct answer *a)
{
	switch (verdict) {
	case JANSSON_ABSENT: return true;
	case JANSSON_REFUSES_NAME: return true; /* with \u0000 in it */
	case JANSSON_ACCEPTS_NUL: return true;  /* behind the value it takes it for a blank */
	case JANSSON_REFUSES_NUMBER: return a->whole.flags & JSON_INEXACT; /* we keep its bytes */
	case JANSSON_REFUSES: return a->whole.flags & JSON_LONE_SURROGATE;
	case JANSSON_ACCEPTS: return strcmp(a->error.reason, "nested too deep") == 0;
	}
	return false;
}

static void
compare_jansson(struct slice text, const struct answer *a)
{
	enum jansson_verdict verdict = jansson_judge(text.p, text.n);
	bool accepts = verdict == JANSSON_ACCEPTS || verdict == JANSSON_ACCEPTS_NUL;

	MUST(accepts == (a->status == 0) || may_differ(verdict, a));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char controls[] = {'\0', '\n', '\r'};
	struct slice text = padded(data, n, controls[n % 3]);
	static struct json_names names;
	struct answer sse2 = {0}, knowing = {0}, portable = {0}, reference = {0};

	ask_reference(text, &reference);
	sse2.status = json_scan_members(
	    NULL, text, wants, WANTS, sse2.out, &sse2.whole, &sse2.error);
	knowing.status = json_scan_members(
	    &names, text, wants, WANTS, knowing.out, &knowing.whole, &knowing.error);
	portable.status = json_scan_members_portable(
	    NULL, text, wants, WANTS, portable.out, &portable.whole, &portable.error);
	compare(&sse2, &reference);
	compare(&knowing, &reference);
	compare(&portable, &reference);
	compare_jansson(text, &sse2);
	free((char *)text.p);
	return 0;
}
