// SPDX-License-Identifier: MIT
/*
 * A buffer with what was read; records are slices of it, found by memchr (or, in
 * tables, by counting quotes) from where the last search ended.
 */
#include "stream/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* One read: four times a pipe's default, so that a block costs few system calls. */
#define READ_BYTES ((size_t)256 << 10)

void
reader_init(struct reader *r, int fd, enum reader_mode mode, size_t record_max)
{
	*r = (struct reader){.fd = fd,
	    .mode = mode,
	    .record_max = record_max ? record_max : SIZE_MAX,
	    .left = UINT64_MAX,
	    .line = 1};
	if (fcntl(fd, F_GETPIPE_SZ) < (int)READ_BYTES)
		fcntl(fd, F_SETPIPE_SZ,
		    READ_BYTES); /* a wish: fails on all but pipes, and over a quota */
}

void
reader_free(struct reader *r)
{
	buf_free(&r->bytes);
}

int
reader_fill(struct reader *r)
{
	size_t most = r->left < READ_BYTES ? (size_t)r->left : READ_BYTES;
	ssize_t n;
	char *to;

	if (r->start) {
		buf_drop(&r->bytes, r->start);
		r->scanned -= r->start;
		r->start = 0;
	}
	to = buf_room(&r->bytes, READ_BYTES);
	do
		n = read(r->fd, to, most);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 1 : -1;
	buf_filled(&r->bytes, (size_t)n);
	r->left -= (uint64_t)n;
	r->ended = n == 0;
	return n > 0;
}

void
reader_abandon(struct reader *r)
{
	r->start = r->scanned = r->bytes.len;
	r->skipping = false;
	r->ended = r->given = true;
}

static bool
is_table(const struct reader *r)
{
	return r->mode == READER_CSV || r->mode == READER_TSV;
}

/* Does a field of the row begin at p? Also behind a byte order mark. */
static bool
begins_field(const struct reader *r, const char *p)
{
	const char *start = r->bytes.data + r->start;

	if (p == start)
		return true;
	return p[-1] == (r->mode == READER_CSV ? ',' : '\t') ||
	       (r->offset == 0 && !r->skipping && p == start + 3 && p[-1] == '\xbf');
}

/* The end of a row (RFC 4180): a newline outside a quoted field. */
static const char *
find_row_end(struct reader *r, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (r->quote == QUOTE_OPEN) {
			r->quote = *p == '"' ? QUOTE_CLOSED : QUOTE_OPEN;
			continue;
		}
		if (*p == '"' && (r->quote == QUOTE_CLOSED || begins_field(r, p))) {
			r->quote = QUOTE_OPEN;
			continue;
		}
		r->quote = QUOTE_NONE;
		if (*p == '\n')
			return p;
	}
	return NULL;
}

/* The next delimiter at or behind r->scanned, or NULL; keeps what is known for the next time. */
static const char *
find_delimiter(struct reader *r)
{
	const char *p = r->bytes.data + r->scanned, *end = r->bytes.data + r->bytes.len;

	if (r->mode == READER_WHOLE || p == end)
		return NULL;
	if (is_table(r))
		return find_row_end(r, p, end);
	return memchr(p, r->mode == READER_NUL ? '\0' : '\n', (size_t)(end - p));
}

/* How many lines end within the first n bytes that were not handed out: only rows have such. */
static uint64_t
lines_in(const struct reader *r, size_t n)
{
	const char *p = r->bytes.data + r->start;
	uint64_t lines = 0;

	for (size_t i = 0; i < n && is_table(r); i++)
		lines += p[i] == '\n';
	return lines;
}

/* Hands out [start, start + n), which ends before a delimiter of `skip` bytes. */
static enum reader_status
hand_out(struct reader *r, size_t n, size_t skip, struct reader_record *out)
{
	bool text = r->mode == READER_LINE || is_table(r);
	bool too_long = r->skipping || n > r->record_max;

	*out = (struct reader_record){r->bytes.data + r->start, n, r->line, r->offset, {0}};
	r->line += r->skipped_lines + lines_in(r, n) + 1;
	r->start += n + skip;
	r->offset += r->skipped + n + skip;
	r->skipped = r->skipped_lines = 0;
	r->scanned = r->start;
	r->skipping = false;
	if (too_long)
		return READER_TOO_LONG;
	out->raw = (struct slice){out->p, out->n};
	if (text && out->offset == 0 && n >= 3 && memcmp(out->p, "\xef\xbb\xbf", 3) == 0) {
		out->p += 3;
		out->n -= 3;
		out->offset = 3;
	}
	if (text && out->n && out->p[out->n - 1] == '\r')
		out->n--;
	return READER_RECORD;
}

/* Drops what was read of a record past the ceiling, but the last byte, for begins_field. */
static void
drop_long(struct reader *r)
{
	size_t n = r->bytes.len - r->start - 1;

	r->skipping = true;
	r->skipped += n;
	r->skipped_lines += lines_in(r, n);
	r->start += n;
}

enum reader_status
reader_next(struct reader *r, struct reader_record *out)
{
	const char *delimiter = find_delimiter(r);
	size_t left = r->bytes.len - r->start;

	if (delimiter)
		return hand_out(r, (size_t)(delimiter - r->bytes.data) - r->start, 1, out);
	r->scanned = r->bytes.len;
	if (r->ended) {
		bool rest = left || r->skipping || (r->mode == READER_WHOLE && !r->given);

		r->given = true;
		return rest ? hand_out(r, left, 0, out) : READER_END;
	}
	if (left > r->record_max)
		drop_long(r);
	return READER_MORE;
}
