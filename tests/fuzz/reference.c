// SPDX-License-Identifier: MIT
/*
 * Each rule of the grammar is a function. It moves `at` behind what it has read,
 * or leaves it at what cannot stand there and says false. Policies beyond the
 * grammar: an escape, a literal and a sequence of UTF-8 are wrong from their
 * first byte on, and so is a leading zero; 15 digits and exponents of up to 290
 * are taken to be exact.
 */
#include "reference.h"

#include <string.h>

struct reference {
	const unsigned char *text;
	size_t n, at;
	unsigned flags, all_flags; /* of the scalar just read, of all */
	size_t depth;
	struct slice name; /* looked for among the members of the outermost object */
	struct json_value found;
};

static bool value(struct reference *r);

/* The next byte, -1 at the end. */
static int
peek(const struct reference *r)
{
	return r->at < r->n ? r->text[r->at] : -1;
}

static bool
take(struct reference *r, int byte)
{
	if (peek(r) != byte)
		return false;
	r->at++;
	return true;
}

/* ws = *( %x20 / %x09 / %x0A / %x0D ) */
static void
blanks(struct reference *r)
{
	while (take(r, 0x20) || take(r, 0x09) || take(r, 0x0a) || take(r, 0x0d))
		;
}

static void
flag(struct reference *r, unsigned flags)
{
	r->flags |= flags;
	r->all_flags |= flags;
}

static bool
literal(struct reference *r, const char *word)
{
	size_t start = r->at;

	while (*word && take(r, *word))
		word++;
	if (*word)
		r->at = start;
	return !*word;
}

/* 1*DIGIT; how many */
static size_t
digits(struct reference *r)
{
	size_t start = r->at;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->at++;
	return r->at - start;
}

/* exp = e [ minus / plus ] 1*DIGIT, behind the e */
static bool
exponent(struct reference *r)
{
	size_t start, n;
	double size = 0;

	if (!take(r, '-'))
		take(r, '+');
	start = r->at;
	n = digits(r);
	for (size_t i = 0; i < n; i++)
		size = size * 10 + (r->text[start + i] - '0');
	if (size > 290)
		flag(r, JSON_INEXACT);
	return n > 0;
}

/* number = [ minus ] int [ frac ] [ exp ] */
static bool
number(struct reference *r)
{
	size_t start, whole, fraction = 0;

	take(r, '-');
	start = r->at;
	whole = digits(r);
	if (whole == 0)
		return false;
	if (r->text[start] == '0' && whole > 1) {
		r->at = start;
		return false;
	}
	if (take(r, '.') && (fraction = digits(r)) == 0)
		return false;
	if (whole + fraction > 15)
		flag(r, JSON_INEXACT);
	return take(r, 'e') || take(r, 'E') ? exponent(r) : true;
}

static int
hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The code unit of the \uXXXX at a place; -1 when none stands there. */
static long
code_unit(const struct reference *r, size_t at)
{
	long unit = 0;

	if (at + 6 > r->n || r->text[at] != '\\' || r->text[at + 1] != 'u')
		return -1;
	for (size_t i = at + 2; i < at + 6; i++) {
		if (hex(r->text[i]) < 0)
			return -1;
		unit = unit * 16 + hex(r->text[i]);
	}
	return unit;
}

/* At a backslash. */
static bool
escape(struct reference *r)
{
	long unit = code_unit(r, r->at), low = code_unit(r, r->at + 6);

	flag(r, JSON_ESCAPED);
	if (unit >= 0xd800 && unit <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) {
		r->at += 12;
		return true;
	}
	if (unit >= 0) {
		if (unit >= 0xd800 && unit <= 0xdfff)
			flag(r, JSON_LONE_SURROGATE);
		r->at += 6;
		return true;
	}
	if (r->at + 1 == r->n) {
		r->at++;
		return false;
	}
	for (const char *c = "\"\\/bfnrt"; *c; c++) {
		if (r->text[r->at + 1] == *c) {
			r->at += 2;
			return true;
		}
	}
	return false;
}

/* RFC 3629, section 4: how a sequence begins, its second byte, and how many tails follow that. */
static const struct {
	unsigned char first, last, second_first, second_last, tails;
} sequences[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 0},
    {0xe0, 0xe0, 0xa0, 0xbf, 1},
    {0xe1, 0xec, 0x80, 0xbf, 1},
    {0xed, 0xed, 0x80, 0x9f, 1},
    {0xee, 0xef, 0x80, 0xbf, 1},
    {0xf0, 0xf0, 0x90, 0xbf, 2},
    {0xf1, 0xf3, 0x80, 0xbf, 2},
    {0xf4, 0xf4, 0x80, 0x8f, 2},
};

/* At a byte of 0x80 or above. */
static bool
sequence(struct reference *r)
{
	const unsigned char *p = r->text + r->at;
	size_t left = r->n - r->at, i = 0;

	while (i < 8 && (p[0] < sequences[i].first || p[0] > sequences[i].last))
		i++;
	if (i == 8 || left < 2u + sequences[i].tails || p[1] < sequences[i].second_first ||
	    p[1] > sequences[i].second_last)
		return false;
	for (size_t tail = 2; tail < 2u + sequences[i].tails; tail++) {
		if (p[tail] < 0x80 || p[tail] > 0xbf)
			return false;
	}
	r->at += 2u + sequences[i].tails;
	return true;
}

/* string = quotation-mark *char quotation-mark */
static bool
string(struct reference *r)
{
	r->flags = 0;
	if (!take(r, '"'))
		return false;
	while (!take(r, '"')) {
		int c = peek(r);

		if (c < 0x20) /* the end, too */
			return false;
		if (c < 0x80 && c != '\\')
			r->at++;
		else if (!(c == '\\' ? escape(r) : sequence(r)))
			return false;
	}
	return true;
}

/* The code point that the escape at *at stands for, half a pair as U+FFFD; *at is moved behind it. */
static unsigned long
escaped(const struct reference *r, size_t *at)
{
	static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	long unit = code_unit(r, *at), low = code_unit(r, *at + 6);

	if (unit < 0) {
		*at += 2;
		return (unsigned char)bytes[strchr(letters, r->text[*at - 1]) - letters];
	}
	*at += 6;
	if (unit < 0xd800 || unit > 0xdfff)
		return (unsigned long)unit;
	if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*at += 6;
	return 0x10000 + (unsigned long)(unit - 0xd800) * 0x400 + (unsigned long)(low - 0xdc00);
}

static void
put(struct buf *out, unsigned long code)
{
	static const unsigned char leads[] = {0x00, 0xc0, 0xe0, 0xf0};
	int tails = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

	buf_char(out, (char)(leads[tails] + (code >> 6 * tails)));
	while (tails--)
		buf_char(out, (char)(0x80 + (code >> 6 * tails) % 0x40));
}

/* Is the text of the valid string at a place this one? */
static bool
is_text(const struct reference *r, size_t at, struct slice expected)
{
	struct buf text = {0};
	bool same;

	for (at++; r->text[at] != '"';) {
		if (r->text[at] == '\\')
			put(&text, escaped(r, &at));
		else
			buf_char(&text, (char)r->text[at++]);
	}
	same = text.len == expected.n && memcmp(buf_view(&text).p, expected.p, text.len) == 0;
	buf_free(&text);
	return same;
}

static enum json_kind
kind_at(const struct reference *r, size_t at)
{
	switch (r->text[at]) {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_STRING;
	case 't': return JSON_TRUE;
	case 'f': return JSON_FALSE;
	case 'n': return JSON_NULL;
	}
	return JSON_NUMBER;
}

/* member = string name-separator value */
static bool
member(struct reference *r)
{
	bool looked_for;
	size_t start;

	blanks(r);
	start = r->at;
	if (!string(r))
		return false;
	looked_for = r->depth == 1 && r->name.p && is_text(r, start, r->name);
	blanks(r);
	if (!take(r, ':'))
		return false;
	blanks(r);
	start = r->at;
	if (!value(r))
		return false;
	if (looked_for)
		r->found = (struct json_value){(const char *)r->text + start, r->at - start,
		    kind_at(r, start), (r->found.kind ? JSON_DUPLICATE : 0) | r->flags};
	return true;
}

/* object = { [ member *( , member ) ] }; array = [ [ value *( , value ) ] ] */
static bool
container(struct reference *r, bool (*element)(struct reference *), int close)
{
	if (r->depth == JSON_DEPTH_MAX)
		return false;
	r->depth++;
	r->at++;
	blanks(r);
	if (peek(r) != close) {
		do {
			if (!element(r))
				return false;
			blanks(r);
		} while (take(r, ','));
	}
	r->depth--;
	r->flags = 0;
	return take(r, close);
}

static bool
value(struct reference *r)
{
	blanks(r);
	r->flags = 0;
	switch (peek(r)) {
	case '{': return container(r, member, '}');
	case '[': return container(r, value, ']');
	case '"': return string(r);
	case 't': return literal(r, "true");
	case 'f': return literal(r, "false");
	case 'n': return literal(r, "null");
	}
	return number(r);
}

int
reference_scan(struct slice text, struct json_value *whole, size_t *offset)
{
	struct reference r = {.text = (const unsigned char *)text.p, .n = text.n};
	size_t start;

	blanks(&r);
	start = r.at;
	if (value(&r)) {
		*whole = (struct json_value){
		    text.p + start, r.at - start, kind_at(&r, start), r.all_flags};
		blanks(&r);
		if (r.at == r.n)
			return 0;
	}
	*offset = r.at;
	return -1;
}

struct json_value
reference_get(const struct json_value *object, struct slice name)
{
	struct reference r = {
	    .text = (const unsigned char *)object->p, .n = object->n, .name = name};

	if (object->kind == JSON_OBJECT)
		value(&r);
	return r.found;
}
