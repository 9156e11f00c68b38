// SPDX-License-Identifier: MIT
/* `split` is believed only as far as the text bears it out. */
#include "record/piece.h"

#include <search.h>
#include <stdlib.h>

#include "base/mem.h"
#include "text/json_string.h"

/* More pieces than this are no document: a gigabyte in pieces of a thousand characters. */
#define PIECES_MAX ((int64_t)1 << 20)

static int64_t
number(const struct json_value *split, const char *name)
{
	struct json_value v = json_get(split, name);

	return json_natural(&v);
}

/* A fraction, an exponent, less than 0 or too much: read halfway it would name another place. */
static bool
misnumbered(const struct json_value *split)
{
	static const char *const names[] = {"n", "of", "start", "end", "overlap", "line", "result"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct json_value v = json_get(split, names[i]);

		if (v.kind == JSON_NUMBER && json_natural(&v) < 0)
			return true;
	}
	return false;
}

bool
piece_is_one(const struct outcome *o)
{
	return json_get(&o->split, "n").kind != JSON_NONE;
}

const char *
piece_place(const struct outcome *o, struct piece_place *out)
{
	struct json_value last = json_get(&o->split, "last");
	struct json_value file = json_get(&o->split, "file");
	int64_t n = number(&o->split, "n"), of = number(&o->split, "of");

	if (last.kind == JSON_TRUE && n < PIECES_MAX)
		of = n + 1;
	if (n < 0 || n >= PIECES_MAX || of > PIECES_MAX || (of >= 0 && n >= of) ||
	    misnumbered(&o->split))
		return "split names no piece of a document";
	*out = (struct piece_place){.doc = json_get(&o->split, "doc"),
	    .file = file.kind == JSON_STRING ? json_raw(&file) : (struct slice){0},
	    .line = number(&o->split, "line"),
	    .result = number(&o->split, "result"),
	    .n = (size_t)n,
	    .of = of > 0 ? (size_t)of : 0};
	if (out->doc.kind != JSON_STRING && out->doc.kind != JSON_NUMBER)
		return "split names no document";
	return NULL;
}

static bool
begins_character(struct slice text)
{
	return text.n == 0 || ((unsigned char)text.p[0] & 0xc0) != 0x80;
}

/* Keeps the text without its overlap; false when it has not the bytes that it should have. */
static bool
keep_own_text(struct piece *piece, struct slice inside)
{
	bool said = piece->start >= 0 && piece->end >= 0;
	size_t overlap = (size_t)piece->overlap;
	struct buf text = {0};
	struct slice own = {0};
	bool fits;

	json_unescape(&text, inside);
	fits = overlap <= text.len && (!said || (int64_t)text.len == piece->end - piece->start);
	if (fits)
		own = (struct slice){buf_view(&text).p + overlap, text.len - overlap};
	fits = fits && begins_character(own);
	if (fits)
		json_escape(&piece->text, own);
	buf_free(&text);
	return fits;
}

/* Fills piece->text with what it adds, or with why it adds nothing: then false. */
static bool
keep_text(struct piece *piece, const struct outcome *o, const char *field)
{
	struct json_value text = json_get(&o->whole, field);
	struct slice inside = json_inside(&text);

	if (outcome_failed(o)) {
		inside = json_inside(&o->error);
		buf_slice(&piece->text, inside.n ? inside : SLICE("no reason is given"));
		return false;
	}
	if (text.kind != JSON_STRING) {
		buf_printf(&piece->text, "%s where its text should be", json_kind_name(text.kind));
		return false;
	}
	if (slice_is(SLICE("response"), field)) {
		buf_slice(&piece->text, inside);
		return true;
	}
	if (keep_own_text(piece, inside))
		return true;
	buf_str(&piece->text, "its text is not the one that split tells of");
	return false;
}

struct piece
piece_read(const struct outcome *o, const char *field)
{
	struct piece piece = {.start = number(&o->split, "start"),
	    .end = number(&o->split, "end"),
	    .overlap = number(&o->split, "overlap")};

	if (piece.overlap < 0)
		piece.overlap = 0;
	piece.state = keep_text(&piece, o, field) ? PIECE_PRESENT : PIECE_FAILED;
	return piece;
}

static int
compare(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return (x->n > y->n) - (x->n < y->n);
}

struct piece *
piece_add(void **pieces, size_t n)
{
	struct piece *piece = mem_zero(1, sizeof *piece), **found;

	piece->n = n;
	found = tsearch(piece, pieces, compare);
	if (!found)
		mem_exhausted();
	if (*found != piece)
		free(piece);
	return *found;
}

const struct piece *
piece_at(void *pieces, size_t n)
{
	static const struct piece missing;
	struct piece key = {.n = n}, **found = tfind(&key, &pieces, compare);

	return found ? *found : &missing;
}

static void
free_piece(void *piece)
{
	buf_free(&((struct piece *)piece)->text);
	free(piece);
}

void
piece_free_all(void **pieces)
{
	tdestroy(*pieces, free_piece);
	*pieces = NULL;
}
