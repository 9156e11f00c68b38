// SPDX-License-Identifier: MIT
/*
 * Any text as a time to wait: up to three lines are Retry-After-Ms, Retry-After and Date, the
 * first one is what somebody types for an option too. A number is never negative, never beyond
 * its type, and what is refused leaves no value behind.
 */
#include "base/num.h"
#include "fuzz.h"
#include "net/header.h"

/* What any server's word is cut to: 30 years. */
#define LONGEST_MS 1000000000000

static void
check_options(const char *text)
{
	int64_t n = -1, low = -1, high = -1;
	double real = -1;
	size_t size = 0;

	MUST(num_count(text, &n) ? n == -1 : n >= 0);
	n = -1;
	MUST(num_duration_ms(text, &n) ? n == -1 : n >= 0);
	MUST(num_range(text, &low, &high) || (low >= 0 && low <= high));
	MUST(num_real(text, &real) || (real >= 0 && real <= __DBL_MAX__));
	MUST(num_rate(text, &real) || (real >= 0 && real <= __DBL_MAX__));
	num_size(text, &size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = mem_dup((const char *)data, n), *rest = text;
	char *ms = strsep(&rest, "\n"), *after = strsep(&rest, "\n"), *date = strsep(&rest, "\n");
	int64_t wait = header_wait_ms(ms, after, date), alone = header_wait_ms(ms, NULL, date);

	MUST(wait >= -1 && wait <= LONGEST_MS);
	MUST(alone >= -1 && (alone < 0 || alone == wait));
	check_options(ms);
	free(text);
	return 0;
}
