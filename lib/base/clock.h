// SPDX-License-Identifier: MIT
/*
 * The only reader of time. Everything that decides takes `now` as a
 * parameter, so that a test can run it on a virtual clock.
 * May call: nothing of ours.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX /* the deadline that does not come */
#define CLOCK_UTC_BYTES sizeof "2026-11-22T10:00:00.000Z"

static inline int64_t
clock_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t clock_ms(void);                    /* monotonic milliseconds, of no known origin */
int64_t clock_us(void);                    /* the same in microseconds */
int64_t clock_unix_s(void);                /* seconds since 1970: for dates in headers only */
void clock_utc(char out[CLOCK_UTC_BYTES]); /* RFC 3339 with milliseconds, NUL-terminated */

#endif
