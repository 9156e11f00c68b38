// SPDX-License-Identifier: MIT
/* A reader is opened for each file in turn, and closed at its end. */
#include "stream/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "stream/file.h"

void
input_init(struct input *in, enum reader_mode mode, char *const *files, size_t count,
    void (*report)(const char *name, const char *reason))
{
	static char *const stdin_only[] = {"-"};

	*in = (struct input){.files = count ? files : stdin_only,
	    .count = count ? count : 1,
	    .mode = mode,
	    .record_max = READER_RECORD_MAX,
	    .report = report};
}

static void
close_file(struct input *in)
{
	if (!in->open)
		return;
	in->bytes += in->reader.offset;
	if (in->reader.fd != STDIN_FILENO)
		close(in->reader.fd);
	reader_free(&in->reader);
	in->open = false;
	in->at++;
}

void
input_free(struct input *in)
{
	close_file(in);
}

static void
trouble(struct input *in, const char *reason)
{
	in->trouble = true;
	in->report(in->files[in->at], reason);
}

/*
 * Reads no more of a regular file than stands in it now: "gem-merge FILE | gem-call >>FILE" would
 * read its own results, and never end. (A size of 0 says nothing: files of /proc have it.)
 */
static void
bound(struct reader *r, const struct stat *st)
{
	off_t at = lseek(r->fd, 0, SEEK_CUR);

	if (S_ISREG(st->st_mode) && at >= 0 && at < st->st_size)
		r->left = (uint64_t)(st->st_size - at);
}

/*
 * Opens files[at]; one that cannot be read is reported and passed over. A FIFO is not waited for
 * here, where nothing else could go on, but where its first bytes are.
 */
static void
open_file(struct input *in)
{
	const char *name = in->files[in->at];
	bool is_stdin = strcmp(name, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		trouble(in, strerror(errno));
		in->at++;
		return;
	}
	in->open = true;
	reader_init(&in->reader, fd, in->mode, in->record_max);
	bound(&in->reader, &st);
	if (S_ISDIR(st.st_mode)) {
		trouble(in, strerror(EISDIR));
		close_file(in);
	}
}

/* Of a table's row blanks are fields. */
static bool
is_blank(const struct reader_record *r, enum reader_mode mode)
{
	if (mode == READER_WHOLE || ((mode == READER_CSV || mode == READER_TSV) && r->n))
		return false;
	for (size_t i = 0; i < r->n; i++) {
		if (r->p[i] != ' ' && r->p[i] != '\t' && r->p[i] != '\r')
			return false;
	}
	return true;
}

enum reader_status
input_next(struct input *in, struct reader_record *out)
{
	for (;;) {
		enum reader_status status;

		if (!in->open) {
			if (in->at == in->count)
				return READER_END;
			open_file(in);
			continue;
		}
		status = reader_next(&in->reader, out);
		if (status == READER_END) {
			close_file(in);
			continue;
		}
		if (status == READER_RECORD && is_blank(out, in->mode)) {
			in->blanks++;
			continue;
		}
		in->records += status != READER_MORE;
		return status;
	}
}

void
input_fill(struct input *in)
{
	if (reader_fill(&in->reader) < 0) {
		trouble(in, strerror(errno));
		reader_abandon(&in->reader);
	}
}

int
input_fd(const struct input *in)
{
	return in->reader.fd;
}

enum reader_status
input_read(struct input *in, struct reader_record *out)
{
	enum reader_status status;

	while ((status = input_next(in, out)) == READER_MORE) {
		struct pollfd fd = {.fd = input_fd(in), .events = POLLIN};

		if (poll(&fd, 1, 0) <= 0) {
			if (in->before_wait)
				in->before_wait(in->context);
			poll(&fd, 1, -1); /* for a descriptor that is non-blocking */
		}
		input_fill(in);
	}
	return status;
}

static int
stat_file(const char *name, struct stat *st)
{
	return strcmp(name, "-") == 0 ? fstat(STDIN_FILENO, st) : stat(name, st);
}

/* Of the files that can be read. */
static int64_t
all_bytes(const struct input *in)
{
	int64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < in->count; i++) {
		if (stat_file(in->files[i], &st) || S_ISDIR(st.st_mode))
			continue;
		if (!S_ISREG(st.st_mode))
			return -1;
		sum += st.st_size;
	}
	return sum;
}

double
input_share(struct input *in)
{
	double read = (double)(in->bytes + (in->open ? in->reader.offset : 0));

	if (!in->open && in->at == in->count)
		return 1;
	if (!in->all)
		in->all = all_bytes(in);
	if (in->all <= 0)
		return -1;
	return read < (double)in->all ? read / (double)in->all : 1;
}

bool
input_reads(const struct input *in, int fd)
{
	struct stat written, read;

	if (fstat(fd, &written) || !S_ISREG(written.st_mode))
		return false;
	for (size_t i = 0; i < in->count; i++) {
		if (stat_file(in->files[i], &read) == 0 && file_is_same(&read, &written))
			return true;
	}
	return in->list && stat_file(in->list, &read) == 0 && file_is_same(&read, &written);
}

const char *
input_name(const struct input *in)
{
	return in->files[in->at];
}
