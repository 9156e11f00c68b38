// SPDX-License-Identifier: MIT
/*
 * Records in and out through real pipes: the same records whatever the size of
 * the reads, and every byte written once, also where the pipe is full.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "stream/reader.h"
#include "stream/writer.h"
#include "tap.h"

/* What a reader makes of the text when it comes `step` bytes at a time: records joined by '|'. */
static void
read_by(struct buf *out, enum reader_mode mode, const char *text, size_t n, size_t step, size_t max)
{
	struct reader_record r;
	struct reader reader;
	int fds[2];

	if (pipe(fds))
		return;
	reader_init(&reader, fds[0], mode, max);
	buf_reset(out);
	for (size_t at = 0; at <= n; at += step) {
		enum reader_status status;

		if (at < n && write(fds[1], text + at, n - at < step ? n - at : step) < 0)
			return;
		if (at + step > n)
			close(fds[1]);
		while (reader_fill(&reader) == 1 && at + step > n)
			;
		while ((status = reader_next(&reader, &r)) == READER_RECORD ||
		       status == READER_TOO_LONG) {
			buf_printf(out, "%llu@%llu:", (unsigned long long)r.line,
			    (unsigned long long)r.offset);
			if (status == READER_RECORD)
				buf_add(out, r.p, r.n);
			buf_char(out, '|');
		}
	}
	reader_free(&reader);
	close(fds[0]);
}

static void
same_for_all_steps(
    enum reader_mode mode, const char *text, size_t n, size_t max, const char *expected)
{
	struct buf out = {0};
	size_t wrong = 0;

	read_by(&out, mode, text, n, n ? n : 1, max);
	is_str(buf_view(&out), expected, "records, lines and offsets");
	for (size_t step = 1; step < n; step++) {
		read_by(&out, mode, text, n, step, max);
		wrong += !slice_is(buf_view(&out), expected);
	}
	ok(wrong == 0, "the same for every size of the reads");
	buf_free(&out);
}

#define SAME(mode, text, max, expected) \
	same_for_all_steps(mode, text, sizeof(text) - 1, max, expected)

static void
test_reader(void)
{
	SAME(READER_LINE, "", 100, "");
	SAME(READER_LINE, "a\n\nbc\r\nd", 100, "1@0:a|2@2:|3@3:bc|4@7:d|");
	SAME(READER_LINE,
	    "\xef\xbb\xbf"
	    "a\n\xef\xbb\xbf"
	    "b\n",
	    100,
	    "1@3:a|2@5:\xef\xbb\xbf"
	    "b|");
	SAME(READER_LINE, "abcdefgh\nab\nabcdefghijkl\nc", 5, "1@0:|2@9:ab|3@12:|4@25:c|");
	SAME(READER_NUL, "a\nb\0c\0", 100, "1@0:a\nb|2@4:c|");
	SAME(READER_WHOLE, "a\nb\n", 100, "1@0:a\nb\n|");
	SAME(READER_WHOLE, "", 100, "1@0:|");
	SAME(READER_CSV, "a,\"bc\ndefgh\ni\"\nq\n", 8, "1@0:|4@15:q|");
	SAME(READER_CSV, "abcdefgh,\"i\nj\"\nq\n", 8, "1@0:|3@15:q|");
	SAME(READER_CSV, "a,\"b\nc\"\"\",d\r\ne\n", 100, "1@0:a,\"b\nc\"\"\",d|3@13:e|");
}

/* A pipe that is as small as it gets, with a reader that takes a bit now and then. */
static void
test_writer(void)
{
	struct writer w;
	struct buf got = {0};
	char block[1000];
	int fds[2], status;
	ssize_t n;

	if (pipe(fds))
		return;
	fcntl(fds[1], F_SETPIPE_SZ, 4096);
	writer_init(&w, fds[1]);
	fcntl(fds[1], F_SETPIPE_SZ, 4096);
	for (int i = 0; i < 3000; i++) {
		buf_printf(&w.bytes, "record %d", i);
		if (i % 10 == 9)
			writer_drop_record(&w);
		else
			writer_end_record(&w);
	}
	while ((status = writer_try(&w)) == 0) {
		n = read(fds[0], block, sizeof block);
		buf_add(&got, block, n > 0 ? (size_t)n : 0);
	}
	ok(status == 1 && writer_pending(&w) == 0, "a full pipe is written to as it empties");
	ok(writer_close(&w) == 0, "and closed");
	while ((n = read(fds[0], block, sizeof block)) > 0)
		buf_add(&got, block, (size_t)n);
	n = 0;
	for (size_t i = 0; i < got.len; i++)
		n += got.data[i] == '\n';
	ok(n == 2700 && slice_starts(buf_view(&got), "record 0\nrecord 1\n"),
	    "every record once, in order, none that was dropped");
	close(fds[0]);
	buf_free(&got);
}

static void
test_writer_errors(void)
{
	struct writer w;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC),
	    closed = open("/dev/null", O_RDONLY | O_CLOEXEC);

	writer_init(&w, fd);
	buf_str(&w.bytes, "x");
	writer_end_record(&w);
	ok(writer_flush(&w) < 0 && errno == ENOSPC, "a full disk is told");
	ok(writer_try(&w) < 0 && writer_close(&w) < 0 && errno == ENOSPC, "and told again");
	writer_init(&w, closed);
	ok(w.error == EBADF, "a descriptor that cannot be written is told before the first record");
	writer_close(&w);
}

int
main(void)
{
	test_reader();
	test_writer();
	test_writer_errors();
	return tap_done();
}
