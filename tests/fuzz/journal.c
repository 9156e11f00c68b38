// SPDX-License-Identifier: MIT
/*
 * Any bytes as the file of an earlier run: refused and left as they are, or loaded, and then only
 * what stands behind the last newline is gone; each line of the index is one of the file, reads as
 * it did, and is claimed once unless it has a successor. The first byte says whether all failures are to be called again.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "record/stored.h"

static struct slice
bytes_of(int fd, struct buf *out)
{
	off_t n = lseek(fd, 0, SEEK_END);

	buf_reset(out);
	MUST(pread(fd, buf_room(out, (size_t)n), (size_t)n, 0) == n);
	out->len = (size_t)n;
	out->data[out->len] = '\0';
	return buf_view(out);
}

/* The entry against the bytes of the file. */
static void
check_entry(struct journal *j, size_t i, struct slice file)
{
	struct journal_entry *e = &j->index.entries[i];
	struct journal_key key;
	struct answer answer = {0};
	struct call_facts facts = {0};
	struct buf line = {0};

	MUST(e->length && e->offset + e->length <= file.n &&
	     file.p[e->offset + e->length - 1] == '\n');
	MUST(!journal_read(j, i, &line) && !memchr(line.data, '\n', line.len));
	MUST(stored_read(buf_view(&line), &key) == e->kind);
	MUST(memcmp(&key, &e->key, sizeof key) == 0);
	MUST(stored_answer(&line, i, &answer, &facts) && facts.stored.n);
	MUST((facts.class == CLASS_OK) <= answer.has_text);
	answer_free(&answer);
	buf_free(&line);
}

static void
claim_all(struct journal *j)
{
	size_t answers = 0, claimed = 0, entry;

	for (size_t i = 0; i < j->index.count; i++) {
		const struct journal_entry *e = &j->index.entries[i];

		bool serves = e->kind == JOURNAL_ANSWER ||
			      (e->kind == JOURNAL_FAILURE && !j->retry_failed);

		answers += serves && !e->gone;
		if (serves && !e->gone)
			claimed += journal_claim(j, &e->key, i % 2, &entry) == JOURNAL_FOUND;
	}
	MUST(claimed == answers);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	bool retry_failed = n && data[0] % 2;
	struct journal j = {.path = "gem.journal"};
	struct buf reason = {0}, file = {0};

	if (!n)
		return 0;
	data++;
	n--;
	j.fd = memfd_create("journal", MFD_CLOEXEC);
	MUST(write(j.fd, data, n) == (ssize_t)n && lseek(j.fd, 0, SEEK_SET) == 0);
	if (journal_load(&j, stored_read, retry_failed, &reason)) {
		MUST(bytes_of(j.fd, &file).n == n && reason.len && !j.index.gone);
	} else {
		size_t whole = bytes_of(j.fd, &file).n;

		MUST(whole == 0 || data[whole - 1] == '\n');
		MUST(!memchr(data + whole, '\n', n - whole) && j.torn == n - whole);
		for (size_t i = 0; i < j.index.count; i++)
			check_entry(&j, i, buf_view(&file));
		claim_all(&j);
	}
	MUST(memcmp(file.data, data, file.len) == 0);
	journal_close(&j);
	buf_free(&reason);
	buf_free(&file);
	return 0;
}
