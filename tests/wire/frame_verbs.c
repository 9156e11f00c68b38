// SPDX-License-Identifier: MIT
/* The verbs of HTTP/2: frames put together by hand. */
#include <ctype.h>
#include <stdio.h>

#include "wire/verb.h"

#define END_STREAM 0x1
#define END_HEADERS 0x4

static struct step *
add_frame(struct verb *v, enum frame_type type, int flags)
{
	struct step *step = script_add(v->script, STEP_FRAME);

	step->type = (uint8_t)type;
	step->flags = (uint8_t)flags;
	return step;
}

void
verb_end_stream(struct verb *v)
{
	add_frame(v, FRAME_DATA, END_STREAM);
}

/* HPACK, RFC 7541 6.2.2: a literal that is not indexed, lengths below 127, no Huffman. */
static void
hpack_field(struct buf *out, struct slice name, struct slice value)
{
	buf_char(out, '\0');
	buf_char(out, (char)(name.n & 0x7f));
	for (size_t i = 0; i < name.n; i++)
		buf_char(out, (char)tolower((unsigned char)name.p[i]));
	buf_char(out, (char)(value.n & 0x7f));
	buf_slice(out, value);
}

void
verb_headers(struct verb *v, int status)
{
	struct buf *out = &add_frame(v, FRAME_HEADERS, END_HEADERS)->bytes;
	const char *colon = memchr(v->args.p, ':', v->args.n);
	char digits[4];

	if (status == 200)
		buf_char(out, (char)0x88); /* the static table's 8: ":status: 200" */
	snprintf(digits, sizeof digits, "%03d", status);
	if (status != 200)
		hpack_field(out, SLICE(":status"), slice_of(digits));
	if (colon && colon[1] == ' ')
		hpack_field(out, (struct slice){v->args.p, (size_t)(colon - v->args.p)},
		    slice_of(colon + 2));
}

static void
put_number(struct buf *out, int64_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(out, (char)(number >> shift & 0xff));
}

/* The names of RFC 9113, section 7, from 0 on; else a number. */
static int64_t
error_code(struct verb *v)
{
	static const char *const names[] = {"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR",
	    "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
	    "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
	    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (slice_is(v->args, names[i]))
			return (int64_t)i;
	}
	return verb_number(v);
}

int
verb_rst(struct verb *v, int n)
{
	int64_t code = error_code(v);

	(void)n;
	put_number(&add_frame(v, FRAME_RST, 0)->bytes, code);
	return code < 0 || !v->h2 ? verb_fail(v, "a code of HTTP/2 is wanted") : 0;
}

/* "this", "before", "none" or a number, which is a stream. */
static void
take_stream(struct verb *v, struct step *step)
{
	static const struct {
		const char *word;
		enum stream_kind kind;
	} words[] = {{"this ", STREAM_THIS}, {"before ", STREAM_BEFORE}, {"none ", STREAM_NUMBER}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i].word);

		if (!slice_starts(v->args, words[i].word))
			continue;
		step->stream = words[i].kind;
		v->args.p += n;
		v->args.n -= n;
		return;
	}
	step->stream = STREAM_NUMBER;
	step->stream_number = (uint32_t)verb_number(v);
}

int
verb_goaway(struct verb *v, int n)
{
	struct step *step = add_frame(v, FRAME_GOAWAY, 0);
	int64_t code;

	(void)n;
	take_stream(v, step);
	code = error_code(v);
	put_number(&step->bytes, code); /* the last stream goes before it when it is played */
	return code < 0 || !v->h2 ? verb_fail(v, "a stream and a code of HTTP/2 are wanted") : 0;
}

int
verb_ping(struct verb *v, int n)
{
	struct step *step = add_frame(v, FRAME_PING, 0);

	(void)n;
	step->stream = STREAM_NUMBER;
	buf_str(&step->bytes, "ping-me!");
	return v->h2 ? 0 : verb_fail(v, "HTTP/2 only");
}

int
verb_frame(struct verb *v, int n)
{
	struct step *step = add_frame(v, FRAME_DATA, 0);
	int64_t type = verb_number(v), flags = verb_number(v);

	(void)n;
	step->type = (uint8_t)type;
	step->flags = (uint8_t)flags;
	take_stream(v, step);
	buf_slice(&step->bytes, v->args);
	return type < 0 || flags < 0 || !v->h2 ? verb_fail(v, "numbers of HTTP/2 are wanted") : 0;
}
