// SPDX-License-Identifier: MIT
/* Copies tokens, unescaping what stands in strings. */
#include "text/json_text.h"

#include "text/json_string.h"

/* Decoded and encoded again: only what must be escaped is. */
static void
add_plain_string(struct buf *out, struct slice inside)
{
	struct buf text = {0};

	json_unescape(&text, inside);
	json_quote(out, buf_view(&text));
	buf_free(&text);
}

static void
add_plain(struct buf *out, const struct json_value *value)
{
	const char *end = value->p + value->n;

	for (const char *p = value->p; p < end; p++) {
		if (*p == '"') {
			const char *start = p + 1;

			p = json_closing_quote(p);
			add_plain_string(out, (struct slice){start, (size_t)(p - start)});
		} else if ((unsigned char)*p > ' ') {
			buf_char(out, *p);
		}
	}
}

void
json_text(struct buf *out, const struct json_value *value)
{
	struct buf json = {0};

	if (value->kind == JSON_STRING) {
		buf_slice(out, json_inside(value));
		return;
	}
	if (value->kind != JSON_ARRAY && value->kind != JSON_OBJECT) {
		buf_slice(out, json_raw(value));
		return;
	}
	add_plain(&json, value);
	json_escape(out, buf_view(&json));
	buf_free(&json);
}

void
json_compact(struct buf *out, const struct json_value *value)
{
	const char *end = value->p + value->n, *run = value->p;

	for (const char *p = value->p; p < end; p++) {
		if (*p == '"') {
			p = json_closing_quote(p);
		} else if ((unsigned char)*p <= ' ') {
			buf_add(out, run, (size_t)(p - run));
			run = p + 1;
		}
	}
	buf_add(out, run, (size_t)(end - run));
}
