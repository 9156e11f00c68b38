// SPDX-License-Identifier: MIT
/* A record's bytes are looked at once more, for what people mix up most often. */
#include "stream/rejects.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "stream/file.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* So many bytes of a table's first row. */
#define HEADING_SHOWN 200

const char *
rejects_open(struct rejects *r, const char *path, const struct input *input)
{
	const char *why = NULL;
	int fd;

	if (!path)
		return NULL;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return strerror(errno);
	if (input_reads(input, fd))
		why = "it is read as input too, and would be emptied";
	else if (file_mixes(fd, STDOUT_FILENO))
		why = "it is standard output too";
	else if (ftruncate(fd, 0) && errno != EINVAL) /* a pipe or a device keeps nothing */
		why = strerror(errno);
	r->open = !why;
	if (r->open)
		writer_init(&r->writer, fd);
	else
		close(fd);
	return why;
}

struct reject
reject_of(const struct input *in, const struct reader_record *at, size_t column, const char *reason)
{
	return (struct reject){.file = input_name(in),
	    .line = at->line,
	    .column = column,
	    .raw = at->raw,
	    .delimiter = '\n',
	    .reason = reason};
}

static bool
looks_like_utf16(struct slice raw)
{
	static const char marks[] = "\xff\xfe\xff";

	if (raw.n < 2)
		return false;
	return memcmp(raw.p, marks, 2) == 0 || memcmp(raw.p, marks + 1, 2) == 0 ||
	       (raw.n >= 4 && (!raw.p[0] != !raw.p[1]) && !raw.p[0] == !raw.p[2] &&
		   !raw.p[1] == !raw.p[3]);
}

/* A carriage return that ends a line by itself. */
static bool
has_bare_return(struct slice raw)
{
	const char *p = raw.p, *last = raw.p + raw.n - 1;

	while ((p = memchr(p, '\r', (size_t)(last - p))) && p[1] == '\n')
		p++;
	return p != NULL;
}

/* Begins as no JSON does. */
static bool
looks_like_words(struct slice raw)
{
	size_t blanks = 0;

	while (blanks < raw.n && isblank((unsigned char)raw.p[blanks]))
		blanks++;
	return blanks < raw.n && isalnum((unsigned char)raw.p[blanks]);
}

/* Is the row not what its table was taken for? */
static bool
misses_columns(const struct reject *what)
{
	struct slice reason = slice_of(what->reason);

	return what->heading.n && (slice_find(reason, "missing") || slice_find(reason, "absent") ||
				      slice_find(reason, "under a header"));
}

/* What the whole input may be, where one record tells. */
static const char *
hint_of(const struct reject *what)
{
	struct slice raw = what->content.p ? what->content : what->raw;
	struct slice reason = what->reason ? slice_of(what->reason) : SLICE("");

	if (slice_starts(raw, BYTE_ORDER_MARK) && what->line == 1)
		raw = (struct slice){
		    raw.p + strlen(BYTE_ORDER_MARK), raw.n - strlen(BYTE_ORDER_MARK)};
	if (!raw.n)
		return NULL;
	if (looks_like_utf16(raw))
		return "this looks like UTF-16: iconv -f UTF-16 -t UTF-8 mends it";
	if (slice_starts(raw, BYTE_ORDER_MARK))
		return "a byte order mark in the middle: files put one after the other?";
	if (raw.p[0] == '\x1e')
		return "framed by record separators (RFC 7464): tr -d '\\036' takes them away";
	if (slice_is(raw, "{") || slice_is(raw, "{\r"))
		return "JSON over several lines? jq -c . puts each value on one";
	if (slice_is(raw, "[") || slice_is(raw, "[\r"))
		return "an array over several lines? jq -c '.[]' puts each item on one";
	if (slice_starts(reason, "not an object") && *raw.p == '[')
		return "jq -c '.[]' puts each of its items on a line";
	if (slice_is(reason, "not an object or a string"))
		return "gem-split -R makes a prompt of any line";
	if (slice_starts(reason, "invalid UTF-8") || slice_starts(reason, "a NUL byte"))
		return NULL;
	if (what->column && looks_like_words(raw))
		return "text? gem-split makes records of its lines with -R, of whole files with "
		       "-w, of rows with --csv";
	if (has_bare_return(raw))
		return "lines that end with a carriage return? tr '\\r' '\\n' mends them";
	return NULL;
}

/* Counts it. True: it is to be told. */
static bool
count(struct rejects *r, const char *hint)
{
	bool again = hint && hint == r->hint;

	r->hint = hint ? hint : r->hint;
	if (!r->tell_all && (again || r->told == REJECTS_TOLD)) {
		r->untold++;
		return false;
	}
	r->told++;
	return true;
}

static void
put(struct rejects *r, struct slice bytes, char delimiter)
{
	buf_slice(&r->writer.bytes, bytes);
	writer_end_record(&r->writer);
	r->writer.bytes.data[r->writer.bytes.len - 1] = delimiter;
}

/* Its header goes before the first row; under another one the row would be read as what it is not. */
static bool
comes_under_heading(struct rejects *r, const struct reject *what)
{
	if (!what->heading.n || slice_equal(what->heading, buf_view(&r->heading)))
		return true;
	if (!r->heading.len) {
		buf_slice(&r->heading, what->heading);
		put(r, what->heading, what->delimiter);
		return true;
	}
	if (!r->told_of_heading)
		r->warn("file '%s': its columns are others, and rejected rows of one header alone "
			"are kept: read it by itself",
		    what->file);
	r->told_of_heading = true;
	return false;
}

static void
keep(struct rejects *r, const struct reject *what)
{
	if (!r->open || !what->raw.p || !comes_under_heading(r, what))
		return;
	put(r, what->raw, what->delimiter);
	writer_flush_full(&r->writer);
}

void
rejects_add(struct rejects *r, const struct reject *what)
{
	const char *hint = hint_of(what);
	struct buf message = {0};

	keep(r, what);
	if (!what->reason || !count(r, hint))
		return;
	if (what->file)
		buf_printf(&message, "%s:%" PRIu64 ":", what->file, what->line);
	if (what->column)
		buf_printf(&message, "%zu:", what->column);
	buf_printf(&message, "%s%s", what->file ? " " : "", what->reason);
	if (what->byte)
		buf_printf(&message, " (byte %" PRIu64 ")", what->byte);
	if (hint)
		buf_printf(&message, "; %s", hint);
	if (!r->told_of_columns && misses_columns(what)) {
		buf_printf(&message, "; the columns are %.*s",
		    (int)(what->heading.n < HEADING_SHOWN ? what->heading.n : HEADING_SHOWN),
		    what->heading.p);
		r->told_of_columns = true;
	}
	r->warn("%s", message.data);
	buf_free(&message);
}

int
rejects_flush(struct rejects *r)
{
	return r->open ? writer_flush(&r->writer) : 0;
}

int
rejects_close(struct rejects *r)
{
	int status = r->open ? writer_close(&r->writer) : 0;

	r->open = false;
	buf_free(&r->heading);
	return status;
}
