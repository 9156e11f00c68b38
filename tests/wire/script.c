// SPDX-License-Identifier: MIT
/* Text, escapes and brackets; and, when all stands there, the lengths of what follows. */
#include "wire/script.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/mem.h"

struct step *
script_add(struct script *s, enum step_kind kind)
{
	s->steps = mem_resize(s->steps, s->count + 1, sizeof *s->steps);
	s->steps[s->count] = (struct step){.kind = kind, .times = 1};
	return &s->steps[s->count++];
}

void
script_text(struct script *s, struct slice bytes, bool h2)
{
	if (bytes.n)
		buf_slice(&script_add(s, h2 ? STEP_FRAME : STEP_BYTES)->bytes, bytes);
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, tolower(c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* *p stands behind the backslash. */
static int
read_escape(const char **p, struct buf *out, struct buf *reason)
{
	static const char letters[] = "rnt0\\[]", meanings[] = "\r\n\t\0\\[]";
	char c = *(*p)++;
	const char *at = c ? strchr(letters, c) : NULL;

	if (at) {
		buf_char(out, meanings[at - letters]);
		return 0;
	}
	if (c == 'x' && hex_digit((*p)[0]) >= 0 && hex_digit((*p)[1]) >= 0) {
		buf_char(out, (char)(hex_digit((*p)[0]) << 4 | hex_digit((*p)[1])));
		*p += 2;
		return 0;
	}
	if (c == 'u' || c == '"') { /* JSON's own: they stay as they are */
		buf_char(out, '\\');
		buf_char(out, c);
		return 0;
	}
	buf_printf(reason, "unknown escape '\\%c'", c);
	return -1;
}

/* Up to one of the stops, or to the end. */
static int
read_text(const char **p, const char *stops, struct buf *out, struct buf *reason)
{
	while (**p && !strchr(stops, **p)) {
		if (**p != '\\') {
			buf_char(out, *(*p)++);
			continue;
		}
		++*p;
		if (read_escape(p, out, reason))
			return -1;
	}
	return 0;
}

/* [word or [123: JSON has nothing of the kind but these. */
static bool
begins_verb(const char *p)
{
	size_t n = strspn(p, "0123456789");

	if (n)
		return n == 3 && (p[n] == ' ' || p[n] == ']');
	return islower((unsigned char)*p) && strncmp(p, "true", 4) != 0 &&
	       strncmp(p, "false", 5) != 0 && strncmp(p, "null", 4) != 0;
}

static int
read_verb(struct script *s, const char **p, bool h2, struct buf *reason)
{
	struct buf name = {0}, args = {0};
	int status = read_text(p, " ]", &name, reason);

	if (!status && **p == ' ') {
		++*p;
		status = read_text(p, "]", &args, reason);
	}
	if (!status && *(*p) != ']') {
		buf_printf(reason, "no end of '[%s'", buf_view(&name).p);
		status = -1;
	}
	if (!status) {
		++*p;
		status = script_verb(s, name.data, buf_view(&args).p, args.len, h2, reason);
	}
	buf_free(&name);
	buf_free(&args);
	return status;
}

static int
read_piece(struct script *s, const char **p, bool h2, struct buf *reason)
{
	struct buf text = {0};
	int status = 0;

	if (**p == '[' && begins_verb(*p + 1)) {
		++*p;
		return read_verb(s, p, h2, reason);
	}
	buf_char(&text, **p); /* a bracket that is text, or what comes first */
	if (**p == '\\') {
		buf_reset(&text);
		++*p;
		status = read_escape(p, &text, reason);
	} else {
		++*p;
	}
	if (!status)
		status = read_text(p, "[", &text, reason);
	script_text(s, buf_view(&text), h2);
	buf_free(&text);
	return status;
}

/* The bytes from here to the end, or to the end of the chunk. */
static size_t
measure(const struct script *s, size_t from, bool chunk)
{
	size_t sum = 0;

	for (size_t i = from; i < s->count; i++) {
		if (chunk && s->steps[i].kind == STEP_END)
			break;
		sum += s->steps[i].bytes.len * s->steps[i].times;
	}
	return sum;
}

/* From the last to the first, so that a length counts those within it. */
static void
fill_lengths(struct script *s)
{
	for (size_t i = s->count; i-- > 0;) {
		struct step *step = &s->steps[i];

		if (step->kind == STEP_HEAD_LENGTH)
			buf_printf(
			    &step->bytes, "Content-Length: %zu\r\n\r\n", measure(s, i + 1, false));
		else if (step->kind == STEP_CHUNK_LENGTH)
			buf_printf(&step->bytes, "%zx\r\n", measure(s, i + 1, true));
	}
	for (size_t i = 0; i < s->count; i++) {
		enum step_kind *kind = &s->steps[i].kind;

		if (*kind == STEP_HEAD_LENGTH || *kind == STEP_CHUNK_LENGTH || *kind == STEP_END)
			*kind = STEP_BYTES;
	}
}

int
script_read(struct script *s, const char *text, bool h2, struct buf *reason)
{
	const char *p = text;

	while (*p) {
		if (read_piece(s, &p, h2, reason))
			return -1;
	}
	fill_lengths(s);
	return 0;
}

void
script_free(struct script *s)
{
	for (size_t i = 0; i < s->count; i++)
		buf_free(&s->steps[i].bytes);
	free(s->steps);
}
