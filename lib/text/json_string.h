// SPDX-License-Identifier: MIT
/*
 * JSON strings: from escaped to text and back.
 *
 * "Inside" is what stands between the quotes. Two insides put together are an
 * inside again, so answers are joined without being decoded.
 * May call: base/buf, text/utf8.
 */
#ifndef TEXT_JSON_STRING_H
#define TEXT_JSON_STRING_H

#include "base/buf.h"

/* The closing quote of a string that json_scan has accepted: no odd number of \s is before it. */
static inline const char *
json_closing_quote(const char *opening)
{
	const char *quote = opening, *p;

	do {
		p = quote = rawmemchr(quote + 1, '"');
		while (p[-1] == '\\')
			p--;
	} while ((quote - p) % 2);
	return quote;
}

/*
 * Appends the text of an inside that json_scan has accepted. A lone surrogate
 * has no text: it becomes U+FFFD, and the count of these is returned.
 */
size_t json_unescape(struct buf *out, struct slice inside);

/* Appends valid UTF-8 text as an inside: escapes ", \ and control characters, nothing else. */
void json_escape(struct buf *out, struct slice text);

/* The same with the quotes around it. */
void json_quote(struct buf *out, struct slice text);

/* Appends "name":"text" and a comma before it unless it is the first after a '{' or '['. */
void json_field(struct buf *out, const char *name, struct slice text);
/* The same with a number. */
void json_number(struct buf *out, const char *name, int64_t value);
/* Appends "name": with such a comma, for a value that the caller appends. */
void json_name(struct buf *out, const char *name);

#endif
