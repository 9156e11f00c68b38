// SPDX-License-Identifier: MIT
/* The file is written at its end, or once in the end anew; what its lines answer is in an index. */
#include "stream/journal.h"

#include <errno.h>
#include <unistd.h>

#include "stream/file.h"
#include "stream/journal_file.h"
#include "stream/reader.h"

/* A record and its answer at their ceilings, and what is put around them. */
#define LINE_MAX_BYTES ((size_t)192 << 20)

int
journal_fail(struct journal *j, int error, const char *where)
{
	if (!j->error) {
		j->error = error;
		j->where = where;
	}
	errno = j->error;
	return -1;
}

static int
fail(struct journal *j)
{
	return journal_fail(j, errno, "");
}

/* What is written under another name, or none, is lost; what is renamed onto it is another's. */
static int
check_there(struct journal *j)
{
	return journal_file_is_gone(j->fd, j->path) ? journal_fail(j, ESTALE, "") : 0;
}

int
journal_open(struct journal *j, const char *path, struct buf *reason)
{
	*j = (struct journal){.path = path};
	j->fd = journal_file_open(path, reason);
	return j->fd < 0 ? -1 : 0;
}

/* What the lines of a file add up to. */
struct census {
	uint64_t ours, strangers;
	bool torn_is_ours; /* what stands behind the last newline may be the start of one */
};

static void
take_line(struct journal *j, const struct reader_record *line, bool too_long, journal_reader *read,
    struct census *census)
{
	struct journal_key key = {0};
	enum journal_line kind = too_long ? JOURNAL_DAMAGED
					  : read((struct slice){line->p, line->n}, &key);
	bool ours = kind <= JOURNAL_RETRY;

	if (line->offset >= j->end) { /* torn: whole lines are before that */
		census->torn_is_ours = ours ||
				       (kind == JOURNAL_DAMAGED && !too_long && *line->p == '{');
	} else if (ours) {
		census->ours++;
		journal_index_add(&j->index, &key, kind, line->offset,
		    (size_t)(line->raw.p + line->raw.n - line->p) + 1);
	} else if (too_long || line->n) {
		census->strangers++;
	}
}

static int
read_lines(struct journal *j, journal_reader *read, struct census *census)
{
	struct reader_record line;
	enum reader_status status;
	struct reader reader;
	int filled = 1;

	reader_init(&reader, j->fd, READER_LINE, LINE_MAX_BYTES);
	while ((status = reader_next(&reader, &line)) != READER_END && filled >= 0) {
		if (status == READER_MORE)
			filled = reader_fill(&reader);
		else
			take_line(j, &line, status == READER_TOO_LONG, read, census);
	}
	reader_free(&reader);
	return filled < 0 ? -1 : 0;
}

int
journal_load(struct journal *j, journal_reader *read, bool retry_failed, struct buf *reason)
{
	struct census census = {0};
	uint64_t size;

	if (journal_file_size(j->fd, &size, &j->end) || read_lines(j, read, &census)) {
		buf_str(reason, strerror(errno));
		return -1;
	}
	if (!census.ours && (census.strangers || (size > j->end && !census.torn_is_ours))) {
		buf_str(reason, "it holds something, and no result of gem-call: not touched");
		return -1;
	}
	j->retry_failed = retry_failed;
	j->strangers = census.strangers;
	j->torn = size - j->end;
	journal_index_build(&j->index, retry_failed);
	/* what a killed run has left may not be on the disk yet */
	if ((!j->torn || !ftruncate(j->fd, (off_t)j->end)) && !fdatasync(j->fd) &&
	    !journal_file_sync_folder(j->path))
		return 0;
	buf_str(reason, strerror(errno));
	return -1;
}

static size_t
find(struct journal *j, const struct journal_key *key, bool any, enum journal_line kind,
    bool or_failure)
{
	size_t entry = journal_index_find(&j->index, key, any, kind);

	return entry == JOURNAL_NO_ENTRY && or_failure
		   ? journal_index_find(&j->index, key, any, JOURNAL_FAILURE)
		   : entry;
}

/* An answer before a failure. */
static size_t
find_answer(struct journal *j, const struct journal_key *key, bool any)
{
	return find(j, key, any, JOURNAL_ANSWER, !j->retry_failed);
}

/* One that is called again. */
static size_t
find_failure(struct journal *j, const struct journal_key *key, bool any)
{
	return find(j, key, any, JOURNAL_RETRY, j->retry_failed);
}

enum journal_claim
journal_claim(struct journal *j, const struct journal_key *key, bool any, size_t *entry)
{
	size_t own = find_answer(j, key, false);

	*entry = own != JOURNAL_NO_ENTRY ? own : find_answer(j, key, true);
	if (*entry == JOURNAL_NO_ENTRY) {
		if (!j->met)
			j->met = find_failure(j, key, true) != JOURNAL_NO_ENTRY;
		return JOURNAL_NONE;
	}
	j->met = true;
	if (own == JOURNAL_NO_ENTRY && !any)
		return JOURNAL_OTHERS;
	journal_index_take(&j->index, *entry);
	return JOURNAL_FOUND;
}

int
journal_read(struct journal *j, size_t entry, struct buf *out)
{
	const struct journal_entry *e = &j->index.entries[entry];

	return file_read_at(j->fd, e->offset, e->length - 1, out) ? fail(j) : 0;
}

void
journal_add(
    struct journal *j, const struct journal_key *key, enum journal_line kind, struct slice line)
{
	size_t old = find_failure(j, key, false);

	if (old == JOURNAL_NO_ENTRY)
		old = find_failure(j, key, true); /* ids move */
	if (old != JOURNAL_NO_ENTRY && kind == JOURNAL_RETRY &&
	    j->index.entries[old].kind == JOURNAL_FAILURE) {
		journal_index_take(&j->index, old);
		return;
	}
	buf_slice(&j->pending, line);
	buf_char(&j->pending, '\n');
	if (old != JOURNAL_NO_ENTRY)
		journal_index_retire(&j->index, old);
}

int
journal_adopt(struct journal *j, size_t entry, const struct journal_key *key, struct slice line)
{
	struct buf whole = {0};
	size_t failure = find_failure(j, key, false);
	uint64_t offset;
	int status;

	buf_slice(&whole, line);
	buf_char(&whole, '\n');
	status = spill_add(&j->adopted, buf_view(&whole), &offset);
	buf_free(&whole);
	if (status)
		return journal_fail(j, errno, JOURNAL_SPILL);
	journal_index_retire(&j->index, entry);
	if (failure != JOURNAL_NO_ENTRY)
		journal_index_retire(&j->index, failure);
	return 0;
}

size_t
journal_others(const struct journal *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->index.count; i++)
		n += !j->index.entries[i].taken;
	return n;
}

int
journal_commit(struct journal *j)
{
	if (j->error)
		return fail(j);
	if (!j->pending.len)
		return 0;
	if (check_there(j))
		return -1;
	if (journal_file_append(j->fd, buf_view(&j->pending)) || fdatasync(j->fd))
		return fail(j);
	j->end += j->pending.len;
	buf_reset(&j->pending);
	return 0;
}

/* Has somebody else written to it? That would be lost, and ours be cut off. */
static int
check_alone(struct journal *j)
{
	struct stat st;

	if (fstat(j->fd, &st))
		return fail(j);
	return (uint64_t)st.st_size == j->end ? 0
					      : journal_fail(j, EBUSY, "it is not written anew: ");
}

/* Without the lines that have a successor. */
static void
rewrite(struct journal *j)
{
	struct journal_copy copy = {.from = j->fd};

	if (j->error || check_there(j) || check_alone(j))
		return;
	journal_copy_begin(&copy, j->path);
	journal_index_by_offset(&j->index);
	for (const struct journal_entry *e = j->index.entries;
	     e < j->index.entries + j->index.count; e++) {
		if (!e->gone)
			continue;
		journal_copy_until(&copy, e->offset);
		copy.at += e->length;
	}
	journal_copy_until(&copy, j->end);
	copy.from = j->adopted.fd;
	copy.at = 0;
	journal_copy_until(&copy, j->adopted.end);
	if (journal_copy_end(&copy, j->path))
		journal_fail(j, errno, "it is not written anew: ");
}

int
journal_close(struct journal *j)
{
	journal_commit(j);
	if (j->index.gone)
		rewrite(j);
	if (close(j->fd))
		fail(j);
	buf_free(&j->pending);
	spill_free(&j->adopted);
	journal_index_free(&j->index);
	errno = j->error;
	return j->error ? -1 : 0;
}
