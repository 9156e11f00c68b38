// SPDX-License-Identifier: MIT
/*
 * The same stream gives the same records whatever the sizes of the reads: all in
 * one, and from one byte up; interrupted ones too. Lines are what they are by
 * their newlines, and each record is where it says that it is. The first byte
 * chooses the mode, the second one the ceiling of a record.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"

/* The reader under test reads from here. */
static struct {
	const char *p;
	size_t n, step; /* bytes at a time at most */
	unsigned interruptions;
} stream;

static ssize_t
read_stream(int fd, void *to, size_t n)
{
	(void)fd;
	if (stream.interruptions++ % 3 == 0) {
		errno = stream.interruptions % 2 ? EINTR : EAGAIN;
		return -1;
	}
	if (n > stream.step)
		n = stream.step;
	if (n > stream.n)
		n = stream.n;
	__builtin_memcpy(to, stream.p, n);
	stream.p += n;
	stream.n -= n;
	return (ssize_t)n;
}

#define read read_stream
#include "stream/reader.c"
#undef read

#include "fuzz.h"

#define CEILING_MIN 4u /* a byte order mark fits beneath it */
#define STEPS_ALL 48 /* longer streams are read by all sizes up to this, then by ever larger ones */

/* As a program sees it: "line@offset:bytes|" for each record. */
static void
read_by(struct buf *out, struct slice text, size_t step, enum reader_mode mode, size_t max)
{
	struct reader reader;
	struct reader_record r;
	enum reader_status status;

	stream.p = text.p;
	stream.n = text.n;
	stream.step = step;
	buf_reset(out);
	reader_init(&reader, -1, mode, max);
	while ((status = reader_next(&reader, &r)) != READER_END) {
		if (status == READER_MORE) {
			MUST(reader_fill(&reader) >= 0);
			continue;
		}
		buf_u64(out, r.line);
		buf_char(out, '@');
		buf_u64(out, r.offset);
		buf_char(out, status == READER_RECORD ? ':' : '!');
		if (status == READER_RECORD) {
			MUST(r.n <= max && r.offset + r.n <= text.n);
			MUST(memcmp(r.p, text.p + r.offset, r.n) == 0);
			MUST(mode != READER_LINE || (unsigned char)r.p[r.n] < 0x20);
			buf_add(out, r.p, r.n);
		}
		buf_char(out, '|');
	}
	MUST(stream.n == 0);
	reader_free(&reader);
}

/* The same from the definition: lines end at \n, with one \r before it that is no part of them. */
static void
expect_lines(struct buf *out, struct slice text, size_t max)
{
	size_t line = 1, end;

	for (size_t at = 0; at < text.n; at = end + 1, line++) {
		size_t start = at == 0 && slice_starts(text, "\xef\xbb\xbf") ? 3 : at;

		for (end = at; end < text.n && text.p[end] != '\n';)
			end++;
		buf_printf(out, "%zu@%zu", line, end - at > max ? at : start);
		if (end - at > max) {
			buf_str(out, "!|");
			continue;
		}
		buf_char(out, ':');
		buf_add(out, text.p + start,
		    end - start - (end > start && text.p[end - 1] == '\r' ? 1 : 0));
		buf_char(out, '|');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf once = {0}, again = {0}, expected = {0};
	enum reader_mode mode = n ? data[0] % (READER_TSV + 1) : READER_LINE;
	size_t max = n > 1 && data[1] < 100 ? CEILING_MIN + data[1] : READER_RECORD_MAX;
	struct slice text = {(const char *)data + (n < 2 ? n : 2), n < 2 ? 0 : n - 2};

	read_by(&once, text, text.n + 1, mode, max);
	if (mode == READER_LINE) {
		expect_lines(&expected, text, max);
		MUST(slice_equal(buf_view(&once), buf_view(&expected)));
	}
	for (size_t step = 1; step <= text.n; step += step < STEPS_ALL ? 1 : step / 2) {
		read_by(&again, text, step, mode, max);
		MUST(slice_equal(buf_view(&once), buf_view(&again)));
	}
	buf_free(&once);
	buf_free(&again);
	buf_free(&expected);
	return 0;
}
