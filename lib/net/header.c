// SPDX-License-Identifier: MIT
/* Retry-After in its three forms; all other lines are passed over. */
#include "net/header.h"

#include <curl/curl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

/* Longer than any value that is looked at. */
#define LINE_BYTES 128

/* Retry-After: seconds or an HTTP date (RFC 9110 10.2.3); retry-after-ms is a gateway's. */
static int64_t
retry_after_ms(const char *value, bool in_ms)
{
	char *end;
	double number = strtod(value, &end);
	time_t date;

	while (*end == ' ')
		end++;
	if (end != value && !*end && number >= 0)
		return (int64_t)(in_ms ? fmin(number, 1e12) : fmin(number, 1e9) * 1000);
	date = curl_getdate(value, NULL);
	if (date < 0)
		return -1;
	return date > clock_unix_s() ? ((int64_t)date - clock_unix_s()) * 1000 : 0;
}

/* The value of the line when it is the header of that name, else NULL. */
static const char *
header_value(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	for (line += n + 1; *line == ' ' || *line == '\t'; line++)
		;
	return line;
}

void
header_read(const char *bytes, size_t n, struct reply *reply)
{
	char line[LINE_BYTES];
	const char *value;

	while (n && (bytes[n - 1] == '\r' || bytes[n - 1] == '\n'))
		n--;
	if (n >= sizeof line)
		return;
	memcpy(line, bytes, n);
	line[n] = '\0';
	if ((value = header_value(line, "retry-after-ms")))
		reply->retry_after_ms = retry_after_ms(value, true);
	else if ((value = header_value(line, "retry-after")) && reply->retry_after_ms < 0)
		reply->retry_after_ms = retry_after_ms(value, false);
}
