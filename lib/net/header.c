// SPDX-License-Identifier: MIT
/*
 * Retry-After (RFC 9110, 10.2.3): seconds, or a date, which is the server's and so
 * counts from the Date of the same answer; and retry-after-ms, which some gateways send.
 */
#include "net/header.h"

#include <string.h>

#include "base/clock.h"
#include "base/num.h"

/* What a nonsense of a number is cut to: 30 years. */
#define LONGEST_WAIT_MS 1e12

/* The value of the last one of that name, or NULL. */
static const char *
value_of(CURL *easy, const char *name)
{
	struct curl_header *header;

	return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) ? NULL : header->value;
}

static int64_t
within_reason(double ms)
{
	return (int64_t)(ms < LONGEST_WAIT_MS ? ms : LONGEST_WAIT_MS);
}

/* So many units as milliseconds; -1: the text is no such number. */
static int64_t
number_ms(const char *text, double unit_ms)
{
	double units;
	size_t n = num_prefix(text, strlen(text), &units);

	return n && !text[n] ? within_reason(units * unit_ms) : -1;
}

/* From the server's now until then. */
static int64_t
until_ms(time_t then, const char *date)
{
	time_t now = date ? curl_getdate(date, NULL) : -1;

	if (now < 0)
		now = (time_t)clock_unix_s();
	return within_reason(then > now ? 1000.0 * (double)(then - now) : 0);
}

int64_t
header_wait_ms(const char *retry_after_ms, const char *retry_after, const char *date)
{
	int64_t ms = retry_after_ms ? number_ms(retry_after_ms, 1) : -1;
	time_t then;

	if (ms >= 0 || !retry_after)
		return ms;
	ms = number_ms(retry_after, 1000);
	if (ms >= 0)
		return ms;
	then = curl_getdate(retry_after, NULL);
	return then < 0 ? -1 : until_ms(then, date);
}

int64_t
header_retry_after_ms(CURL *easy)
{
	return header_wait_ms(value_of(easy, "Retry-After-Ms"), value_of(easy, "Retry-After"),
	    value_of(easy, "Date"));
}
