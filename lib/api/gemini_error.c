// SPDX-License-Identifier: MIT
/*
 * What a refusal says, in google.rpc's shapes: which quota, how long to wait, whose fault it is.
 * The last functions are the first to be read.
 */
#include <string.h>

#include "api/gemini.h"
#include "base/num.h"
#include "text/json_string.h"

/* A longer wait than this is no different: 30 years. */
#define LONGEST_WAIT_S 1e9

/* 3.25s, 900.2ms, 1h2m3s: a protocol buffer's Duration, or that of the message. -1: not one. */
static int64_t
duration_ms(struct slice s)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}};
	const size_t count = sizeof units / sizeof *units;
	double sum = -1, value;

	for (size_t n; (n = num_prefix(s.p, s.n, &value));) {
		size_t i = 0;

		s = (struct slice){s.p + n, s.n - n};
		while (i < count && !slice_starts(s, units[i].name))
			i++;
		if (i == count)
			return -1;
		n = strlen(units[i].name);
		s = (struct slice){s.p + n, s.n - n};
		sum = (sum < 0 ? 0 : sum) + value * units[i].ms;
	}
	if (sum > LONGEST_WAIT_S * 1000)
		sum = LONGEST_WAIT_S * 1000;
	return sum < 0 ? -1 : (int64_t)(sum + .999);
}

static void
read_violation(const struct json_value *violation, struct facts *f)
{
	struct json_value id = json_get(violation, "quotaId");
	struct json_value metric = json_get(violation, "quotaMetric");
	struct json_value value = json_get(violation, "quotaValue");
	struct slice number = json_inside(&value);
	enum quota_unit unit = QUOTA_CALLS;
	double quota = 0;
	bool told;

	if (slice_find(json_inside(&id), "PerDay") || slice_find(json_inside(&id), "Daily") ||
	    slice_find(json_inside(&metric), "per_day"))
		f->refusal = REFUSAL_DAY;
	if (slice_is(number, "0")) /* not on this tier at all, whatever the delay says */
		f->refusal = REFUSAL_DAY;
	if (id.kind != JSON_STRING && metric.kind != JSON_STRING)
		return;
	if (slice_find(json_inside(&metric), "token") || slice_find(json_inside(&id), "Token"))
		unit = QUOTA_TOKENS;
	told = slice_find(json_inside(&id), "PerMinute") &&
	       num_prefix(number.p, number.n, &quota) && quota > 0;
	if (told || f->quota <= 0) /* one that tells its value is kept, with its unit */
		f->unit = unit;
	if (told)
		f->quota = quota;
}

static void
read_detail(const struct json_value *detail, struct facts *f)
{
	struct json_value type = json_get(detail, "@type"), value, key, item;
	struct slice reason;
	struct json_iter it;

	if (slice_find(json_inside(&type), "RetryInfo")) {
		value = json_get(detail, "retryDelay");
		f->hint_ms = duration_ms(json_inside(&value));
	} else if (slice_find(json_inside(&type), "QuotaFailure")) {
		value = json_get(detail, "violations");
		for (it = json_iter(&value); json_next(&it, &key, &item);)
			read_violation(&item, f);
	} else if (slice_find(json_inside(&type), "ErrorInfo")) {
		value = json_get(detail, "reason");
		reason = json_inside(&value);
		if (slice_starts(reason, "API_KEY_") || slice_starts(reason, "ACCESS_TOKEN_"))
			f->refusal = REFUSAL_KEY;
	}
}

/* What only the message says: a wait without RetryInfo, a quota of zero, a size. */
static void
read_message(struct slice message, struct facts *f)
{
	static const char wait[] = "Please retry in ", zero[] = "limit: 0";
	const char *p;

	if (f->hint_ms < 0 && (p = slice_find(message, wait))) {
		p += strlen(wait);
		f->hint_ms = duration_ms((struct slice){p, (size_t)(message.p + message.n - p)});
	}
	p = f->status == 429 ? slice_find(message, zero) : NULL;
	if (p &&
	    (p + strlen(zero) == message.p + message.n || !strchr(".0123456789", p[strlen(zero)])))
		f->refusal = REFUSAL_DAY;
	if (f->status == 400 && slice_find(message, "payload size exceeds the limit"))
		f->refusal = REFUSAL_SIZE;
	if ((f->status == 400 || f->status == 403 || f->status == 404) &&
	    (slice_find(message, " the File ") || slice_starts(message, "The File ") ||
		slice_find(message, "CachedContent")))
		f->refusal = REFUSAL_FILE;
}

void
gemini_read_error(const struct json_value *error, struct answer *a)
{
	struct json_value code = json_get(error, "code"), status = json_get(error, "status");
	struct json_value details = json_get(error, "details"),
			  message = json_get(error, "message");
	struct json_iter it = json_iter(&details);
	struct json_value key, detail;

	if (a->facts.status == 200)
		a->facts.status = (int)json_int(&code, 200);
	a->code = json_inside(&status);
	json_unescape(&a->message, json_inside(&message));
	while (json_next(&it, &key, &detail))
		read_detail(&detail, &a->facts);
	/* billing or region: no call of this account succeeds */
	if (slice_is(a->code, "FAILED_PRECONDITION"))
		a->facts.refusal = REFUSAL_KEY;
	read_message(buf_view(&a->message), &a->facts);
}
