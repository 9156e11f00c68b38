// SPDX-License-Identifier: MIT
/* The index is asked once for a record, or twice; the answer itself is read from the file. */
#include "run/resume.h"

#include <errno.h>
#include <inttypes.h>

#include "stream/file.h"

/* So many records without an answer tell that the file is of other requests. */
#define STRANGE 16

static int
open_apart(
    struct resume *r, const char *path, const struct input *input, int output, struct buf *reason)
{
	if (journal_open(&r->journal, path, reason))
		return -1;
	if (input_reads(input, r->journal.fd))
		buf_str(reason, "it is read as input too");
	else if (file_mixes(r->journal.fd, output))
		buf_str(reason, "it is standard output too");
	else
		return 0;
	return -1;
}

int
resume_open(struct resume *r, const char *path, bool retry_failed, const struct input *input,
    int output, struct buf *reason)
{
	struct journal *j = &r->journal;

	if (open_apart(r, path, input, output, reason) ||
	    journal_load(j, stored_read, retry_failed, reason))
		return -1;
	if (j->torn)
		r->warn("file '%s': its last line was cut short: dropped", path);
	if (j->strangers)
		r->warn("file '%s': %" PRIu64 " lines in it are damaged or no results: passed over",
		    path, j->strangers);
	return 0;
}

/* In front of a record that was put off. */
struct put_off {
	uint64_t seq;
	size_t n;
};

static bool
put_off(struct resume *r, const struct record *record)
{
	struct put_off head = {record->seq, record->line.len};
	struct buf bytes = {0};
	uint64_t offset;
	int status;

	buf_add(&bytes, &head, sizeof head);
	buf_slice(&bytes, buf_view(&record->line));
	status = spill_add(&r->later, buf_view(&bytes), &offset);
	buf_free(&bytes);
	return status == 0;
}

bool
resume_next(struct resume *r, struct record *record)
{
	struct put_off head;
	struct buf bytes = {0};
	bool good;

	r->ended = true;
	if (r->later_at == r->later.end)
		return false;
	good = !spill_read(&r->later, r->later_at, sizeof head, &bytes);
	if (good) {
		memcpy(&head, bytes.data, sizeof head);
		buf_reset(&bytes);
		good = !spill_read(&r->later, r->later_at + sizeof head, head.n, &bytes);
	}
	if (good) {
		r->later_at += sizeof head + head.n;
		record->seq = head.seq;
		record_parse(record, bytes.data, head.n);
	} else {
		journal_fail(&r->journal, errno, JOURNAL_SPILL);
	}
	buf_free(&bytes);
	return good;
}

/* A line under another id would be taken for that record's: it becomes this one's. */
static void
adopt(struct resume *r, const struct task *t, size_t entry)
{
	struct buf line = {0};

	result_write(&line, EMIT_NATIVE, &t->record, &t->answer, &t->facts);
	journal_adopt(&r->journal, entry, &t->key, buf_view(&line));
	buf_free(&line);
}

/* An answer that cannot be read is an error of the file, which ends the run: its record waits. */
static enum stored
take(struct resume *r, struct task *t, size_t entry)
{
	buf_reset(&t->stored);
	if (!journal_read(&r->journal, entry, &t->stored) &&
	    !stored_answer(&t->stored, t->record.seq, &t->answer, &t->facts))
		journal_fail(&r->journal, EIO, ""); /* it was a result when we began */
	if (!r->journal.error && r->journal.index.entries[entry].key.id != t->key.id)
		adopt(r, t, entry);
	return r->journal.error ? STORED_LATER : STORED_HERE;
}

static void
warn_of_strange(const struct resume *r)
{
	if (r->journal.index.count && !r->journal.met)
		r->warn("file '%s': none of its %zu answers is to any of the first %" PRIu64
			" requests: these are called, and paid; another URL, model or option "
			"makes another request",
		    r->journal.path, r->journal.index.count, r->asked);
}

enum stored
resume_take(struct resume *r, struct task *t)
{
	bool any = r->at_once || r->ended;
	enum journal_claim claim;
	size_t entry = 0;

	t->key = stored_key(t->facts.fp, &t->record);
	claim = journal_claim(&r->journal, &t->key, any, &entry);
	if (++r->asked == STRANGE)
		warn_of_strange(r);
	if (claim == JOURNAL_OTHERS) {
		if (put_off(r, &t->record))
			return STORED_LATER;
		claim = journal_claim(&r->journal, &t->key, true, &entry); /* no room for waiting */
	}
	if (claim == JOURNAL_FOUND)
		return take(r, t, entry);
	return r->journal.error ? STORED_LATER : STORED_NONE;
}

int
resume_close(struct resume *r)
{
	if (r->asked && r->asked < STRANGE)
		warn_of_strange(r);
	spill_free(&r->later);
	return journal_close(&r->journal);
}
