// SPDX-License-Identifier: MIT
/* One compact body that grows step by step, laid out and cut only at the end. */
#include "sim/answer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "text/json_string.h"

/* Of deflateInit2: the largest window, with a gzip header around the stream. */
#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_MEMORY 8

void
sim_answer_free(struct sim_answer *a)
{
	buf_free(&a->body);
	free(a->ends);
	*a = (struct sim_answer){0};
}

void
sim_answer_piece(struct sim_answer *a)
{
	if ((a->pieces & (a->pieces + 1)) == 0) /* 0, 1, 3, 7...: the room is used up */
		a->ends = mem_resize(a->ends, 2 * a->pieces + 1, sizeof *a->ends);
	a->ends[a->pieces++] = a->body.len;
}

static struct slice
piece_of(const struct sim_answer *a, size_t piece)
{
	size_t start = piece ? a->ends[piece - 1] : 0;

	return (struct slice){buf_view(&a->body).p + start, a->ends[piece] - start};
}

/* Swaps in the body of `made`, keeping what is not body. */
static void
replace_body(struct sim_answer *a, struct sim_answer *made)
{
	buf_swap(&a->body, &made->body);
	free(a->ends);
	a->ends = made->ends;
	a->pieces = made->pieces;
	buf_free(&made->body);
}

static void
new_line(struct buf *out, size_t depth)
{
	buf_char(out, '\n');
	while (depth--)
		buf_str(out, "  ");
}

/*
 * Compact JSON laid out as the service does it: indented by two blanks in plain bodies, on one
 * line with a blank after each colon in frames. Bytes in strings pass as they are, so a body
 * that is wrong on purpose stays wrong.
 */
static void
print(struct buf *out, struct slice s, bool pretty)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : '\0';

		if (c == '"') {
			size_t n = (size_t)(json_closing_quote(s.p + i) - (s.p + i));

			buf_add(out, s.p + i, n + 1);
			i += n;
			continue;
		}
		if (pretty && (c == '}' || c == ']') && s.p[i - 1] != '{' && s.p[i - 1] != '[')
			new_line(out, --depth);
		buf_char(out, c);
		if (c == ':')
			buf_char(out, ' ');
		if (!pretty)
			continue;
		if ((c == '{' || c == '[') && next != '}' && next != ']')
			new_line(out, ++depth);
		else if (c == ',')
			new_line(out, depth);
	}
}

static void
dress_piece(struct buf *out, struct slice object, enum sim_form form, bool first, bool last)
{
	switch (form) {
	case SIM_FORM_JSON:
		print(out, object, true);
		buf_char(out, '\n');
		return;
	case SIM_FORM_SSE:
		buf_str(out, "data: ");
		print(out, object, false);
		buf_str(out, "\r\n\r\n");
		return;
	case SIM_FORM_ARRAY:
		buf_str(out, first ? "[" : ",\r\n");
		print(out, object, true);
		buf_str(out, last ? "\n]\n" : "\n");
		return;
	}
}

void
sim_answer_dress(struct sim_answer *a, enum sim_form form)
{
	struct sim_answer made = {0};
	bool error = a->status != 200;

	if (a->type) /* it came dressed: a page of HTML */
		return;
	a->type = form == SIM_FORM_SSE ? SIM_TYPE_SSE : SIM_TYPE_JSON;
	if (error && form == SIM_FORM_SSE)
		form = SIM_FORM_JSON;
	for (size_t i = 0; i < a->pieces; i++) {
		dress_piece(&made.body, piece_of(a, i), form, i == 0, i + 1 == a->pieces);
		sim_answer_piece(&made);
	}
	replace_body(a, &made);
}

void
sim_answer_break(struct sim_answer *a, enum sim_form form, enum sim_ending ending, size_t after)
{
	bool whole = form == SIM_FORM_JSON;
	bool half = whole ? after > 0 : ending == SIM_END_CUT;

	a->ending = ending;
	if (whole)
		after = 0;
	if (after >= a->pieces)
		return;
	if (half) {
		size_t start = after ? a->ends[after - 1] : 0;

		a->ends[after] = start + (a->ends[after] - start) / 2;
		after++;
	}
	a->pieces = after;
	buf_cut(&a->body, after ? a->ends[after - 1] : 0);
}

void
sim_answer_split_utf8(struct sim_answer *a)
{
	struct sim_answer made = {0};
	struct slice body = buf_view(&a->body);

	for (size_t i = 0; i < body.n; i++) {
		buf_char(&made.body, body.p[i]);
		if ((unsigned char)body.p[i] >= 0xc0)
			sim_answer_piece(&made);
	}
	sim_answer_piece(&made);
	replace_body(a, &made);
}

/* One piece into the stream, flushed to a byte boundary so that it can go out alone. */
static void
deflate_piece(z_stream *z, struct slice piece, bool last, struct buf *out)
{
	size_t room = deflateBound(z, piece.n) + 64;
	char *to = buf_room(out, room);

	z->next_in = (unsigned char *)(uintptr_t)piece.p;
	z->avail_in = (unsigned)piece.n;
	z->next_out = (unsigned char *)to;
	z->avail_out = (unsigned)room;
	deflate(z, last ? Z_FINISH : Z_SYNC_FLUSH);
	assert(z->avail_in == 0);
	out->len += room - z->avail_out;
}

void
sim_answer_gzip(struct sim_answer *a)
{
	struct sim_answer made = {0};
	z_stream z = {0};

	if (!a->pieces)
		return;
	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, GZIP_MEMORY,
		Z_DEFAULT_STRATEGY) != Z_OK)
		mem_exhausted();
	for (size_t i = 0; i < a->pieces; i++) {
		bool last = i + 1 == a->pieces && a->ending == SIM_END_CLEAN;

		deflate_piece(&z, piece_of(a, i), last, &made.body);
		sim_answer_piece(&made);
	}
	deflateEnd(&z);
	replace_body(a, &made);
	a->gzipped = true;
}
