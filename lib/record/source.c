// SPDX-License-Identifier: MIT
/* Each kind of input is an object built from one record of stream/input. */
#include "record/source.h"

#include <string.h>

#include "text/json_string.h"
#include "text/utf8.h"

static enum reader_mode
reader_mode(enum source_kind kind)
{
	switch (kind) {
	case SOURCE_NDJSON:
	case SOURCE_LINES: return READER_LINE;
	case SOURCE_NUL: return READER_NUL;
	case SOURCE_WHOLE: return READER_WHOLE;
	case SOURCE_CSV: return READER_CSV;
	case SOURCE_TSV: return READER_TSV;
	}
	return READER_LINE;
}

void
source_init(struct source *s, enum source_kind kind, char *const *files, size_t count,
    void (*report)(const char *name, const char *reason))
{
	*s = (struct source){.kind = kind, .header_of = SIZE_MAX};
	input_init(&s->input, reader_mode(kind), files, count, report);
}

void
source_free(struct source *s)
{
	input_free(&s->input);
	csv_header_free(&s->header);
	buf_free(&s->heading);
	buf_free(&s->json);
}

uint64_t
source_count(const struct source *s)
{
	return s->input.records + s->input.blanks - s->headers;
}

struct reject
source_reject(const struct source *s, const struct source_record *r, const char *reason)
{
	uint64_t byte = r->column ? r->in.offset + r->column : 0;
	char end = s->kind == SOURCE_WHOLE ? s->name_end : s->kind == SOURCE_NUL ? '\0' : '\n';

	return (struct reject){.file = r->file,
	    .line = r->in.line,
	    .column = r->column,
	    .byte = r->byte ? r->byte : byte,
	    .raw = s->kind == SOURCE_WHOLE ? slice_of(r->file) : r->in.raw,
	    .content = s->kind == SOURCE_WHOLE ? r->in.raw : (struct slice){0},
	    .delimiter = end,
	    .heading = s->header_is_bad ? (struct slice){0} : buf_view(&s->heading),
	    .reason = reason};
}

/* The line and the column of a byte of the record. */
static void
locate(struct source_record *out, struct slice text, size_t at)
{
	const char *line = text.p, *newline;

	while ((newline = memchr(line, '\n', (size_t)(text.p + at - line)))) {
		line = newline + 1;
		out->in.line++;
	}
	out->column = (size_t)(text.p + at - line) + 1;
	out->byte = at + 1;
}

static enum source_status
take_text(struct source *s, struct slice text, struct source_record *out, struct buf *reason)
{
	size_t invalid = utf8_invalid(text.p, text.n), at = strnlen(text.p, invalid);

	if (at < text.n) {
		if (s->kind == SOURCE_WHOLE)
			locate(out, text, at);
		else
			out->column = at + 1;
		buf_str(reason, at < invalid ? "a NUL byte: no text" : "invalid UTF-8");
		return SOURCE_REJECTED;
	}
	buf_char(&s->json, '{');
	if (s->kind == SOURCE_WHOLE)
		json_field(&s->json, "file", slice_of(out->file));
	json_field(&s->json, "text", text);
	buf_char(&s->json, '}');
	return SOURCE_RECORD;
}

static enum source_status
take_file(struct source *s, struct slice text, struct source_record *out, struct buf *reason)
{
	if (!utf8_is_valid(slice_of(out->file))) {
		buf_str(reason, "the name of the file is not UTF-8");
		return SOURCE_REJECTED;
	}
	return take_text(s, text, out, reason);
}

/* The first row of a file. Without good names its rows are all rejected, in silence. */
static bool
take_header(struct source *s, struct slice row, struct buf *reason)
{
	struct buf why = {0};

	csv_header_free(&s->header);
	buf_reset(&s->heading);
	buf_slice(&s->heading, row);
	s->header_of = s->input.at;
	s->header_is_bad = csv_header_read(
			       &s->header, s->kind == SOURCE_TSV ? '\t' : ',', row, &why) != 0;
	if (s->header_is_bad)
		buf_printf(reason, "header: %s: no row of the file is read", buf_view(&why).p);
	else
		s->headers++;
	buf_free(&why);
	return !s->header_is_bad;
}

static enum source_status
take_row(struct source *s, struct slice row, struct buf *reason)
{
	if (s->header_is_bad || csv_object(&s->header, row, &s->json, reason))
		return SOURCE_REJECTED;
	return SOURCE_RECORD;
}

static enum source_status
take(struct source *s, struct slice text, struct source_record *out, struct buf *reason)
{
	switch (s->kind) {
	case SOURCE_NDJSON: return SOURCE_RECORD;
	case SOURCE_LINES:
	case SOURCE_NUL: return take_text(s, text, out, reason);
	case SOURCE_WHOLE: return take_file(s, text, out, reason);
	case SOURCE_CSV:
	case SOURCE_TSV: return take_row(s, text, reason);
	}
	return SOURCE_END;
}

static bool
is_header(const struct source *s)
{
	return (s->kind == SOURCE_CSV || s->kind == SOURCE_TSV) && s->header_of != s->input.at;
}

enum source_status
source_next(struct source *s, struct source_record *out, struct buf *reason)
{
	enum source_status status;

	for (;;) {
		enum reader_status got = input_read(&s->input, &out->in);
		struct slice text = {out->in.p, out->in.n};

		if (got == READER_END)
			return SOURCE_END;
		out->json = text;
		out->file = input_name(&s->input);
		out->column = out->byte = 0;
		if (got == READER_TOO_LONG) {
			buf_str(reason, INPUT_TOO_LONG);
			s->header_is_bad = s->header_is_bad || is_header(s);
			s->header_of = s->input.at;
			return SOURCE_REJECTED;
		}
		if (is_header(s)) {
			if (take_header(s, text, reason))
				continue;
			return SOURCE_REJECTED;
		}
		buf_reset(&s->json);
		status = take(s, text, out, reason);
		if (s->kind != SOURCE_NDJSON)
			out->json = buf_view(&s->json);
		return status;
	}
}
