// SPDX-License-Identifier: MIT
/* One compact body that grows step by step, laid out and cut only at the end. */
#include "sim/answer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "sim/print.h"

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
sim_answer_reset(struct sim_answer *a)
{
	struct buf body = a->body;

	free(a->ends);
	buf_reset(&body);
	*a = (struct sim_answer){.body = body};
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
dress_piece(struct buf *out, struct slice object, enum sim_form form, bool first, bool last)
{
	switch (form) {
	case SIM_FORM_JSON:
		sim_print_pretty(out, object);
		buf_char(out, '\n');
		return;
	case SIM_FORM_SSE:
		buf_str(out, "data: ");
		sim_print_line(out, object);
		buf_str(out, "\r\n\r\n");
		return;
	case SIM_FORM_ARRAY:
		buf_str(out, first ? "[" : ",\r\n");
		sim_print_pretty(out, object);
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
