// SPDX-License-Identifier: MIT
/*
 * Retry-After (RFC 9110, 10.2.3): seconds, or a date, which is the server's and so
 * counts from the Date of the same answer; and retry-after-ms, which some gateways send.
 */
#include "net/header.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"

/* What a nonsense of a number is cut to: 30 years. */
#define LONGEST_WAIT_S 1e9

/* The value of the last one of that name, or NULL. */
static const char *
value_of(CURL *easy, const char *name)
{
	struct curl_header *header;

	return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) ? NULL : header->value;
}

static bool
is_number(const char *text, double *number)
{
	char *end;

	*number = strtod(text, &end);
	while (*end == ' ')
		end++;
	return end != text && !*end && *number >= 0;
}

/* From the server's now until then. */
static int64_t
until_ms(CURL *easy, time_t then)
{
	const char *date = value_of(easy, "Date");
	time_t now = date ? curl_getdate(date, NULL) : -1;

	if (now < 0)
		now = (time_t)clock_unix_s();
	return then > now ? ((int64_t)then - now) * 1000 : 0;
}

int64_t
header_retry_after_ms(CURL *easy)
{
	const char *value;
	double number;
	time_t date;

	if ((value = value_of(easy, "Retry-After-Ms")) && is_number(value, &number))
		return (int64_t)fmin(number, LONGEST_WAIT_S * 1000);
	if (!(value = value_of(easy, "Retry-After")))
		return -1;
	if (is_number(value, &number))
		return (int64_t)(fmin(number, LONGEST_WAIT_S) * 1000);
	date = curl_getdate(value, NULL);
	return date < 0 ? -1 : until_ms(easy, date);
}
