// SPDX-License-Identifier: MIT
/* A file of its own: its names are ours. */
#include "jansson.h"

#if __has_include(<jansson.h>)
#include <jansson.h>
#include <string.h>

enum jansson_verdict
jansson_judge(const char *text, size_t n)
{
	json_error_t error;
	json_t *json = json_loadb(text, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

	if (json) {
		json_decref(json);
		return memchr(text, '\0', n) ? JANSSON_ACCEPTS_NUL : JANSSON_ACCEPTS;
	}
	if (json_error_code(&error) == json_error_numeric_overflow)
		return JANSSON_REFUSES_NUMBER;
	if (json_error_code(&error) == json_error_null_byte_in_key)
		return JANSSON_REFUSES_NAME;
	return JANSSON_REFUSES;
}
#else
enum jansson_verdict
jansson_judge(const char *text, size_t n)
{
	(void)text, (void)n;
	return JANSSON_ABSENT;
}
#endif
