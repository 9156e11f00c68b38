// SPDX-License-Identifier: MIT
/* clock_gettime, and nobody else calls it. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t
clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

int64_t
clock_unix_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec;
}

void
clock_utc(char out[CLOCK_UTC_BYTES])
{
	struct timespec t;
	struct tm utc;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &utc);
	n = strftime(out, CLOCK_UTC_BYTES, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + n, CLOCK_UTC_BYTES - n, ".%03dZ", (int)(t.tv_nsec / 1000000 % 1000));
}
