// SPDX-License-Identifier: MIT
/* One reader of decimals, and a table of units for each kind of number. */
#include "base/num.h"

#include <string.h>

struct unit {
	const char *name;
	double factor;
};

/* The longest duration taken, a year: sums of two stay far inside an int64_t. */
#define DURATION_MAX_MS (366.0 * 24 * 3600 * 1000)

/* Once in as long: the pause between two of a slower rate would be beyond an int64_t. */
#define RATE_MIN (1000 / DURATION_MAX_MS)

/* Nobody means more; with any unit it is finite. */
#define REAL_MAX 1e18

int
num_count(const char *text, int64_t *out)
{
	int64_t value = 0;

	if (!*text || strlen(text) > 18)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = value * 10 + (*text - '0');
	}
	*out = value;
	return 0;
}

int
num_range(const char *text, int64_t *low, int64_t *high)
{
	const char *dash = strchr(text, '-');
	char first[20];

	if (!dash)
		return num_count(text, low) ? -1 : num_count(text, high);
	if (dash - text >= (ptrdiff_t)sizeof first)
		return -1;
	memcpy(first, text, (size_t)(dash - text));
	first[dash - text] = '\0';
	return num_count(first, low) || num_count(dash + 1, high) || *low > *high ? -1 : 0;
}

static size_t
digits(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && text[i] >= '0' && text[i] <= '9')
		i++;
	return i;
}

size_t
num_prefix(const char *text, size_t n, double *out)
{
	size_t whole = digits(text, n), fraction = 0;
	double scale = 1;

	*out = 0;
	for (size_t i = 0; i < whole; i++)
		*out = *out * 10 + (text[i] - '0');
	if (whole < n && text[whole] == '.')
		fraction = digits(text + whole + 1, n - whole - 1);
	for (size_t i = 1; i <= fraction; i++)
		*out += (text[whole + i] - '0') * (scale /= 10);
	return fraction ? whole + 1 + fraction : whole;
}

static int
with_unit(const char *text, const struct unit *units, double *out)
{
	size_t n = num_prefix(text, strlen(text), out);

	if (!n || *out > REAL_MAX)
		return -1;
	for (; units->name; units++) {
		if (strcmp(text + n, units->name) == 0) {
			*out *= units->factor;
			return 0;
		}
	}
	return -1;
}

int
num_real(const char *text, double *out)
{
	static const struct unit none[] = {{"", 1}, {NULL, 0}};

	return with_unit(text, none, out);
}

int
num_duration_ms(const char *text, int64_t *out)
{
	static const struct unit units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60e3},
	    {"h", 3600e3}, {"d", 86400e3}, {NULL, 0}};
	double ms;

	if (with_unit(text, units, &ms) || ms > DURATION_MAX_MS)
		return -1;
	*out = ms > 0 && ms < 1 ? 1 : (int64_t)(ms + 0.5); /* 0 would be no limit */
	return 0;
}

int
num_size(const char *text, size_t *out)
{
	static const struct unit units[] = {{"", 1}, {"K", 0x1p10}, {"k", 0x1p10}, {"M", 0x1p20},
	    {"G", 0x1p30}, {"T", 0x1p40}, {NULL, 0}};
	double bytes;

	if (with_unit(text, units, &bytes) || bytes > 0x1p50)
		return -1;
	*out = (size_t)bytes;
	return 0;
}

int
num_rate(const char *text, double *per_second)
{
	static const struct unit units[] = {{"", 1}, {"/s", 1}, {"/m", 1 / 60.0},
	    {"/min", 1 / 60.0}, {"/h", 1 / 3600.0}, {"/d", 1 / 86400.0}, {NULL, 0}};

	return with_unit(text, units, per_second) || *per_second < RATE_MIN ? -1 : 0;
}
