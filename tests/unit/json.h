// SPDX-License-Identifier: MIT
/*
 * JSON texts of tests, where json_scan may read them: copied into a place with
 * JSON_PAD bytes behind them. The place is used again after a while: a text
 * lives until about a megabyte of others has come.
 */
#ifndef TESTS_JSON_H
#define TESTS_JSON_H

#include "text/json_scan.h"

static inline struct slice
text_of_bytes(const char *bytes, size_t n)
{
	static char place[1 << 20];
	static size_t used;
	char *text;

	if (used + n + JSON_PAD > sizeof place)
		used = 0;
	text = memcpy(place + used, bytes, n);
	text[n] = '\0';
	used += n + JSON_PAD;
	return (struct slice){text, n};
}

static inline struct slice
text_of(const char *text)
{
	return text_of_bytes(text, strlen(text));
}

/* The value of a text, of kind JSON_NONE when it is not JSON. */
static inline struct json_value
value_of(const char *text)
{
	struct json_value whole = {0};
	struct json_error error;

	if (json_scan(text_of(text), &whole, &error))
		return (struct json_value){0};
	return whole;
}

#endif
