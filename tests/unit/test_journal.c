// SPDX-License-Identifier: MIT
/*
 * The journal over real files, with lines of a form of its own: "A 1 7 text" is an answer to
 * request 1 under id 7, "R …" one to be called again, "F …" a
 * failure that is not; its text begins with its place. "X" is none of ours, and all else damaged.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream/journal.h"
#include "tap.h"

static char path[] = "/tmp/gem-journal.XXXXXX";

static enum journal_line
read_line(struct slice line, struct journal_key *key)
{
	*key = (struct journal_key){.request = {0, 0}};
	if (line.n < 6 || line.p[1] != ' ')
		return slice_is(line, "X") ? JOURNAL_OTHER : JOURNAL_DAMAGED;
	key->request[0] = (uint64_t)line.p[2];
	key->id = (uint64_t)line.p[4];
	key->place = (uint64_t)line.p[6];
	return line.p[0] == 'A'   ? JOURNAL_ANSWER
	       : line.p[0] == 'F' ? JOURNAL_FAILURE
				  : JOURNAL_RETRY;
}

static void
put(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ok(write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !fchmod(fd, 0640),
	    "a file is put there");
	close(fd);
}

static struct slice
get(struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	buf_reset(out);
	n = read(fd, buf_room(out, 4096), 4096);

	close(fd);
	out->len = n > 0 ? (size_t)n : 0;
	out->data[out->len] = '\0';
	return buf_view(out);
}

/* 0, or -1 with the reason in a buffer that is never freed. */
static int
load_to_retry(struct journal *j, bool retry_failed, struct buf *reason)
{
	buf_reset(reason);
	if (journal_open(j, path, reason))
		return -1;
	return journal_load(j, read_line, retry_failed, reason);
}

static int
load(struct journal *j, struct buf *reason)
{
	return load_to_retry(j, false, reason);
}

/* What a record that asks `request` under `id` gets: the line, or a word. */
static const char *
claim(struct journal *j, char request, char id, bool any, struct buf *line)
{
	struct journal_key key = {{(uint64_t)request, 0}, (uint64_t)id, 0};
	size_t entry;

	buf_reset(line);
	switch (journal_claim(j, &key, any, &entry)) {
	case JOURNAL_NONE: return "none";
	case JOURNAL_OTHERS: return "others";
	case JOURNAL_FOUND: break;
	}
	return journal_read(j, entry, line) ? "error" : line->data;
}

#define CLAIM(request, id, any, expected) \
	is_str(slice_of(claim(&j, request, id, any, &line)), expected, "claimed: " expected)

static void
test_claims(void)
{
	struct buf reason = {0}, line = {0};
	struct journal j;

	put("A 1 a one\nA 1 b two\nA 2 a three\nA 1 a four\n");
	ok(!load(&j, &reason) && j.index.count == 4, "answers are found");
	CLAIM('1', 'b', false, "A 1 b two");
	CLAIM('1', 'b', false, "others");
	CLAIM('1', 'a', false, "A 1 a one");
	CLAIM('1', 'b', true, "A 1 a four");
	CLAIM('1', 'a', true, "none");
	CLAIM('3', 'a', true, "none");
	CLAIM('2', 'z', false, "others");
	CLAIM('2', 'a', true, "A 2 a three");
	ok(!journal_close(&j), "closed");
	buf_free(&line);
	buf_free(&reason);
}

/* A line of the test's form, under its own key. */
static void
add(struct journal *j, const char *line)
{
	struct journal_key key;
	enum journal_line kind = read_line(slice_of(line), &key);

	journal_add(j, &key, kind, slice_of(line));
}

static void
test_failures(void)
{
	struct buf reason = {0}, line = {0}, file = {0};
	struct journal j, second;
	struct stat st;

	put("R 1 a first\nA 2 a second\njunk\nR 3 a third\nR 3 b fourth\nR 4 a fifth\n");
	ok(!load(&j, &reason) && j.strangers == 1, "a damaged line is counted");
	CLAIM('2', 'a', false, "A 2 a second");
	CLAIM('3', 'b', false, "none");
	CLAIM('4', 'z', false, "none");
	add(&j, "A 3 b new");
	add(&j, "R 4 z new");
	add(&j, "A 5 a new");
	ok(!journal_commit(&j), "lines are added");
	is_str(get(&file),
	    "R 1 a first\nA 2 a second\njunk\nR 3 a third\nR 3 b fourth\nR 4 a fifth\n"
	    "A 3 b new\nR 4 z new\nA 5 a new\n",
	    "and none goes meanwhile");
	ok(load(&second, &reason) < 0 &&
		slice_starts(buf_view(&reason), "another run is writing it"),
	    "which nobody else does");
	ok(!journal_close(&j), "closed");
	is_str(get(&file),
	    "R 1 a first\nA 2 a second\njunk\nR 3 a third\nA 3 b new\nR 4 z new\nA 5 a new\n",
	    "at the end those that have a successor are out, under their id or another");
	ok(!stat(path, &st) && (st.st_mode & 07777) == 0640, "the mode stays");
	buf_printf(&line, "%s.gem-new", path);
	ok(access(line.data, F_OK), "nothing is left beside it");
	buf_free(&line);
	buf_free(&file);
	buf_free(&reason);
}

/* As a run that was killed leaves them. */
static void
test_successors(void)
{
	struct buf reason = {0}, line = {0}, file = {0};
	struct journal j;

	put("F 1 a place\nF 5 a 1\nF 5 a 2\nA 5 a 1\nR 1 a old\nR 2 a old\nA 3 a one\nR 2 b "
	    "other\nA 1 a new\nR 2 a new\nA 3 a two\n");
	ok(!load(&j, &reason), "failures, and what came when they were called again");
	CLAIM('1', 'a', false, "A 1 a new");
	CLAIM('1', 'a', false, "F 1 a place");
	CLAIM('5', 'a', false, "A 5 a 1");
	CLAIM('5', 'a', false, "F 5 a 2");
	CLAIM('5', 'a', true, "none");
	CLAIM('2', 'a', false, "none");
	CLAIM('3', 'a', false, "A 3 a one");
	CLAIM('3', 'a', false, "A 3 a two");
	add(&j, "A 2 a newest");
	ok(!journal_close(&j), "closed");
	is_str(get(&file),
	    "F 1 a place\nF 5 a 2\nA 5 a 1\nA 3 a one\nR 2 b other\nA 1 a new\nA 3 a two\nA 2 a "
	    "newest\n",
	    "each has one line");
	buf_free(&line);
	buf_free(&file);
	buf_free(&reason);
}

/* Failures that may have been paid, called again. */
static void
test_retry_failed(void)
{
	struct buf reason = {0}, line = {0}, file = {0};
	struct journal j;

	put("F 1 a old\nF 2 a old\nF 3 a old\nR 4 a old\nA 5 a old\nF 6 a old\n");
	ok(!load_to_retry(&j, true, &reason), "no failure serves a record");
	CLAIM('1', 'a', true, "none");
	CLAIM('5', 'a', false, "A 5 a old");
	add(&j, "R 1 a new");
	add(&j, "F 2 a new");
	add(&j, "A 3 a new");
	add(&j, "R 4 a new");
	add(&j, "R 6 z new");
	ok(!journal_close(&j), "closed");
	is_str(get(&file), "F 1 a old\nA 5 a old\nF 6 a old\nF 2 a new\nA 3 a new\nR 4 a new\n",
	    "one that may pass takes the place of none that counts");
	buf_free(&line);
	buf_free(&file);
	buf_free(&reason);
}

static void
test_adopting(void)
{
	static const char before[] = "R 4 b first\nA 2 a second\nA 3 a third\nA 4 a fourth\n";
	struct buf reason = {0}, line = {0}, file = {0};
	struct journal j;
	struct journal_key key = {{'4', 0}, 'b', 0};
	size_t fourth = 9;

	put(before);
	ok(!load(&j, &reason) && journal_claim(&j, &key, false, &fourth) == JOURNAL_OTHERS &&
		journal_claim(&j, &key, true, &fourth) == JOURNAL_FOUND,
	    "an answer under another id is found");
	ok(!journal_adopt(&j, fourth, &key, SLICE("A 4 b a longer fourth")), "adopted");
	is_str(get(&file), before, "until the end the old line stands");
	add(&j, "A 1 a new");
	ok(!journal_close(&j), "closed");
	is_str(get(&file), "A 2 a second\nA 3 a third\nA 1 a new\nA 4 b a longer fourth\n",
	    "and then the new one does, and no failure that it had");
	buf_free(&line);
	buf_free(&file);
	buf_free(&reason);
}

/* A file with its last line cut at every byte. */
static void
test_torn(void)
{
	static const char text[] = "A 1 a one\n{ 2 a two\n";
	struct buf reason = {0}, file = {0};
	size_t wrong = 0;

	for (size_t n = 0; n < sizeof text; n++) {
		struct journal j;
		size_t whole = n < 10 ? 0 : n < 20 ? 10 : 20;
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		wrong += write(fd, text, n) != (ssize_t)n;
		close(fd);
		if (n > 0 && n < 6) { /* it does not begin as ours do */
			wrong += load(&j, &reason) == 0 || get(&file).n != n;
			close(j.fd);
			continue;
		}
		wrong += load(&j, &reason) || get(&file).n != whole || j.torn != n - whole;
		add(&j, "A 3 a three");
		wrong += journal_close(&j) != 0 || get(&file).n != whole + 12;
	}
	ok(wrong == 0, "a last line that was cut at any byte is dropped, and nothing else");
	buf_free(&reason);
	buf_free(&file);
}

static void
refuses(const char *text, const char *name)
{
	struct buf reason = {0}, file = {0};
	struct journal j;

	put(text);
	ok(load(&j, &reason) < 0, "refused: %s", name);
	is_str(get(&file), text, "and left as it is");
	close(j.fd);
	buf_free(&reason);
	buf_free(&file);
}

static void
test_opening(void)
{
	struct buf reason = {0};
	struct journal j;
	struct stat st;

	refuses("X\n", "lines that are none of ours");
	refuses("X", "a line without an end that is none of ours");
	refuses("hello", "a word");
	refuses("\n\njunk\n{", "junk, and then the start of something");
	unlink(path);
	ok(!load(&j, &reason) && j.fd > 2 && !fstat(j.fd, &st) && (st.st_mode & 07777) == 0600,
	    "a new file is its owner's");
	journal_close(&j);
	unlink(path);
	ok(!symlink("/dev/null", path) && load(&j, &reason) < 0, "a symbolic link is not followed");
	unlink(path);
	ok(!mkfifo(path, 0600) && load(&j, &reason) < 0, "a FIFO is not waited for");
	unlink(path);
	buf_free(&reason);
}

/* What does not fit leaves whole lines, and nothing is believed behind it. */
static void
test_full(void)
{
	struct rlimit limit, old;
	struct buf reason = {0}, file = {0};
	struct journal j;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	ok(!load(&j, &reason), "a new file");
	add(&j, "A 1 a one");
	ok(!journal_commit(&j), "has room");
	limit = (struct rlimit){25, old.rlim_max};
	setrlimit(RLIMIT_FSIZE, &limit);
	add(&j, "A 2 a a longer line");
	ok(journal_commit(&j) < 0 && errno == EFBIG, "and then has none");
	setrlimit(RLIMIT_FSIZE, &old);
	ok(journal_commit(&j) < 0 && errno == EFBIG, "which is not tried again");
	ok(journal_close(&j) < 0 && errno == EFBIG, "and told at the end");
	is_str(get(&file), "A 1 a one\n", "whole lines are left");
	buf_free(&reason);
	buf_free(&file);
}

int
main(void)
{
	close(mkstemp(path));
	test_claims();
	test_failures();
	test_successors();
	test_retry_failed();
	test_adopting();
	test_torn();
	test_opening();
	test_full();
	unlink(path);
	return tap_done();
}
