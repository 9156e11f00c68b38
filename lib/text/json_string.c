// SPDX-License-Identifier: MIT
/* Runs without anything special are copied whole. */
#include "text/json_string.h"

#include <string.h>

#include "text/simd.h"
#include "text/utf8.h"

/* For each byte below 0x20 and for " and \: the letter after the backslash, or 'u'. */
static char
escape_letter(char c)
{
	switch (c) {
	case '"': return '"';
	case '\\': return '\\';
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	}
	return 'u';
}

void
json_escape(struct buf *out, struct slice text)
{
	const char *run = text.p, *end = text.p + text.n;

	for (const char *p; (p = unescaped_end(run, end)) < end; run = p + 1) {
		char letter = escape_letter(*p);

		buf_add(out, run, (size_t)(p - run));
		if (letter == 'u')
			buf_printf(out, "\\u%04x", (unsigned char)*p);
		else
			buf_add(out, (char[]){'\\', letter}, 2);
	}
	buf_add(out, run, (size_t)(end - run));
}

void
json_quote(struct buf *out, struct slice text)
{
	buf_char(out, '"');
	json_escape(out, text);
	buf_char(out, '"');
}

/* How many letters the name begins with: nearly all names have nothing else. */
static size_t
letters(const char *name)
{
	const char *p = name;

	while ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
		p++;
	return (size_t)(p - name);
}

void
json_name(struct buf *out, const char *name)
{
	char last = out->len ? out->data[out->len - 1] : '\0';
	size_t n = letters(name);
	char *to;

	if (last && last != '{' && last != '[')
		buf_char(out, ',');
	if (name[n]) {
		json_quote(out, slice_of(name));
		buf_char(out, ':');
	} else if ((to = buf_room(out, n + 3))) {
		to[0] = '"';
		memcpy(to + 1, name, n);
		memcpy(to + 1 + n, "\":", 2);
		buf_filled(out, n + 3);
	}
}

void
json_field(struct buf *out, const char *name, struct slice text)
{
	json_name(out, name);
	json_quote(out, text);
}

void
json_number(struct buf *out, const char *name, int64_t value)
{
	json_name(out, name);
	if (value < 0)
		buf_char(out, '-');
	buf_u64(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static uint32_t
hex4(const char *p)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];

		value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

/* Decodes the \u at *p (which stands behind it) with its other half, if it has one. */
static uint32_t
unicode_escape(const char **p, const char *end)
{
	uint32_t code = hex4(*p);

	*p += 4;
	if (code - 0xd800 < 0x400 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		uint32_t low = hex4(*p + 2);

		if (low - 0xdc00 < 0x400) {
			*p += 6;
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return code;
}

size_t
json_unescape(struct buf *out, struct slice inside)
{
	static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *p = inside.p, *end = inside.p + inside.n;
	size_t lone = 0;

	for (;;) {
		const char *slash = p < end ? memchr(p, '\\', (size_t)(end - p)) : NULL;

		if (!slash)
			break;
		buf_add(out, p, (size_t)(slash - p));
		p = slash + 2;
		if (slash[1] == 'u') {
			uint32_t code = unicode_escape(&p, end);

			lone += code - 0xd800 < 0x800;
			utf8_put(out, code);
		} else {
			buf_char(out, values[strchr(letters, slash[1]) - letters]);
		}
	}
	buf_add(out, p, (size_t)(end - p));
	return lone;
}
