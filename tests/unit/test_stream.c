// SPDX-License-Identifier: MIT
/*
 * Records in and out through real pipes: the same records whatever the size of
 * the reads, and every byte written once, also where the pipe is full.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
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
	SAME(READER_WHOLE, "\xef\xbb\xbf\n", 100, "1@0:\xef\xbb\xbf\n|");
	SAME(READER_CSV, "a,\"bc\ndefgh\ni\"\nq\n", 8, "1@0:|4@15:q|");
	SAME(READER_CSV, "abcdefgh,\"i\nj\"\nq\n", 8, "1@0:|3@15:q|");
	SAME(READER_CSV, "a,\"b\nc\"\"\",d\r\ne\n", 100, "1@0:a,\"b\nc\"\"\",d|3@13:e|");
	SAME(READER_TSV, "a,\"b\t\"c\n\td\"\r\n\"e\nf\"\tg\n", 100,
	    "1@0:a,\"b\t\"c\n\td\"|3@13:\"e\nf\"\tg|");
}

/* A file whose first record is of n bytes, its line end among them, and a second one behind it. */
static bool
cut_by_blocks(enum reader_mode mode, size_t n, const char *end)
{
	int fd = memfd_create("records", MFD_CLOEXEC);
	size_t inside = n - strlen(end), count = 0;
	struct reader reader;
	struct reader_record r;
	enum reader_status status;
	struct buf text = {0};
	bool good = true;

	while (text.len < inside)
		buf_char(&text, 'x');
	buf_str(&text, end);
	buf_str(&text, "second");
	good = write(fd, text.data, text.len) == (ssize_t)text.len && lseek(fd, 0, SEEK_SET) == 0;
	reader_init(&reader, fd, mode, 0);
	while ((status = reader_next(&reader, &r)) != READER_END) {
		if (status == READER_MORE) {
			good = good && reader_fill(&reader) >= 0;
			continue;
		}
		good = good && (count++ ? r.n == 6 && r.offset == n : r.n == inside);
	}
	reader_free(&reader);
	buf_free(&text);
	close(fd);
	return good && count == 2;
}

static void
test_blocks(void)
{
	int wrong = 0;

	for (size_t blocks = 1; blocks <= 3; blocks++) {
		for (size_t n = (blocks << 18) - 3; n <= (blocks << 18) + 3; n++)
			wrong += !cut_by_blocks(READER_LINE, n, "\n") +
				 !cut_by_blocks(READER_LINE, n, "\r\n") +
				 !cut_by_blocks(READER_CSV, n, "\r\n");
	}
	ok(wrong == 0, "records that end around the end of a block come out whole");
}

/* A line that does not end, from a device that does not either. */
static void
test_ceiling(void)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct reader reader;
	struct reader_record r;

	reader_init(&reader, fd, READER_LINE, 1000);
	for (int i = 0; i < 100; i++) {
		if (reader_fill(&reader) != 1 || reader_next(&reader, &r) != READER_MORE)
			break;
	}
	ok(reader.skipped > 10 << 20 && reader.bytes.cap < 2 << 20,
	    "what is beyond the ceiling is read and not kept");
	reader_free(&reader);
	close(fd);
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

static void
interrupt(int signal)
{
	(void)signal;
}

/* Copies the records that come, more slowly than signals do, and ends. */
static void
copy_slowly(int in, int out)
{
	char block[1000];
	ssize_t n;

	while ((n = read(in, block, sizeof block)) > 0) {
		usleep(500);
		if (write(out, block, (size_t)n) != n)
			break;
	}
	_exit(0);
}

/* Through a process that is slow both as a reader and as a writer, with a signal each 100 us. */
static void
test_interrupts(void)
{
	/* valgrind takes so long for a signal that nothing else would happen */
	suseconds_t us = getenv("UNDER_VALGRIND") ? 20000 : 100;
	struct itimerval often = {{0, us}, {0, us}}, never = {0};
	struct sigaction action = {.sa_handler = interrupt};
	struct reader reader;
	struct reader_record r;
	struct writer w;
	int to[2], from[2], good = 0, failed = 0;
	char line[40000] = "record ";

	if (pipe(to) || pipe(from))
		return;
	memset(line + 7, 'x', sizeof line - 7);
	if (fork() == 0) {
		close(to[1]);
		copy_slowly(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	writer_init(&w, to[1]);
	fcntl(to[1], F_SETPIPE_SZ, 4096);
	fcntl(from[0], F_SETPIPE_SZ, 1 << 20); /* it is read when all has been written */
	for (int i = 0; i < 2000; i++) {
		buf_printf(&w.bytes, "record %d", i);
		writer_end_record(&w);
		if (i % 500 == 0)
			failed += writer_record(&w, (struct slice){line, sizeof line}) != 0;
	}
	failed += writer_record(&w, SLICE("record of the usual length")) != 0;
	failed += writer_close(&w) != 0;
	reader_init(&reader, from[0], READER_LINE, 0);
	for (enum reader_status status; (status = reader_next(&reader, &r)) != READER_END;) {
		if (status == READER_RECORD)
			good += slice_starts((struct slice){r.p, r.n}, "record ") &&
				(r.n < 100 || (r.n == sizeof line && !memcmp(r.p, line, r.n)));
		else if (reader_fill(&reader) < 0 && failed++)
			break;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	wait(NULL);
	ok(good == 2005 && !failed, "signals interrupt no write and no read");
	reader_free(&reader);
	close(from[0]);
}

/* A reader that is slow, and records that come as fast as it takes them. */
static void
test_slow_reader(void)
{
	struct writer w;
	char bytes[1000];
	size_t most = 0, blocks = 0;
	int to[2];

	if (pipe(to))
		return;
	writer_init(&w, to[1]);
	for (int i = 0; i < 20000; i++) {
		while (writer_pending(&w) < 100000) {
			buf_printf(&w.bytes, "%0999d", i);
			writer_end_record(&w);
		}
		writer_try(&w);
		blocks += !w.locked;
		if (w.bytes.len > most)
			most = w.bytes.len;
		if (read(to[0], bytes, sizeof bytes) != sizeof bytes)
			break;
	}
	ok(most < 400000, "what a slow reader has taken is forgotten");
	ok(blocks > 10, "and the lock is given back between blocks");
	close(to[0]);
	writer_abandon(&w);
	writer_close(&w);
}

int
main(void)
{
	test_reader();
	test_blocks();
	test_ceiling();
	test_writer();
	test_interrupts();
	test_slow_reader();
	test_writer_errors();
	return tap_done();
}
