// SPDX-License-Identifier: MIT
/*
 * An array of entries in the order of the file, and chains through it in that same order: what is
 * claimed leaves its chain, so that a run over the same input finds its lines at the front.
 */
#include "stream/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "stream/file.h"
#include "stream/journal_file.h"

/* A record and its answer at their ceilings, and what is put around them. */
#define LINE_MAX_BYTES ((size_t)192 << 20)

#define FIRST_ENTRIES 64

/* All that a bit-field for a length can hold, which is more than LINE_MAX_BYTES. */
#define LENGTH_MASK 0x3fffffffu

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

static struct journal_entry *
entry_at(const struct journal *j, uint32_t link)
{
	return &j->entries[link - 1];
}

/*
 * The link to the first entry of a kind with that key, or NULL; *other is that to the first under
 * another id.
 */
static uint32_t *
find(struct journal *j, const struct journal_key *key, bool retry, uint32_t **other)
{
	uint32_t *link = &j->chains[key->request[0] & j->mask];

	*other = NULL;
	for (; *link; link = &entry_at(j, *link)->next) {
		const struct journal_entry *e = entry_at(j, *link);

		if (e->request[0] != key->request[0] || e->request[1] != key->request[1])
			continue;
		j->met = true;
		if (e->retry == retry && e->id == key->id)
			return link;
		if (e->retry == retry && !*other)
			*other = link;
	}
	return NULL;
}

/* Out of its chain. */
static size_t
take(struct journal *j, uint32_t *link)
{
	size_t entry = *link - 1;

	*link = j->entries[entry].next;
	return entry;
}

static void
retire(struct journal *j, size_t entry)
{
	j->entries[entry].gone = true;
	j->gone++;
}

static void
add_entry(
    struct journal *j, const struct journal_key *key, bool retry, const struct reader_record *line)
{
	size_t length = (size_t)(line->raw.p + line->raw.n - line->p) + 1;

	if (j->count == 0 || (j->count >= FIRST_ENTRIES && !(j->count & (j->count - 1))))
		j->entries = mem_resize(
		    j->entries, j->count ? j->count * 2 : FIRST_ENTRIES, sizeof *j->entries);
	j->entries[j->count++] = (struct journal_entry){
	    .request = {key->request[0], key->request[1]},
	    .id = key->id,
	    .offset = line->offset,
	    .length = length & LENGTH_MASK,
	    .retry = retry};
}

/* What the lines of a file add up to. */
struct census {
	uint64_t ours, strangers;
	bool torn_is_ours; /* what stands behind the last newline may be the start of one */
};

static void
take_line(struct journal *j, const struct reader_record *line, bool too_long, journal_reader *read,
    void *context, struct census *census)
{
	struct journal_key key = {0};
	enum journal_line kind = too_long ? JOURNAL_DAMAGED
					  : read(context, (struct slice){line->p, line->n}, &key);
	bool ours = kind == JOURNAL_ANSWER || kind == JOURNAL_RETRY;

	if (line->offset >= j->end) { /* torn: whole lines are before that */
		census->torn_is_ours = ours ||
				       (kind == JOURNAL_DAMAGED && !too_long && *line->p == '{');
	} else if (ours) {
		census->ours++;
		add_entry(j, &key, kind == JOURNAL_RETRY, line);
	} else if (too_long || line->n) {
		census->strangers++;
	}
}

static int
read_lines(struct journal *j, journal_reader *read, void *context, struct census *census)
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
			take_line(j, &line, status == READER_TOO_LONG, read, context, census);
	}
	reader_free(&reader);
	return filled < 0 ? -1 : 0;
}

static bool
has_later(struct journal *j, const struct journal_entry *e)
{
	struct journal_key key = {{e->request[0], e->request[1]}, e->id};
	uint32_t *other;

	return find(j, &key, true, &other) || find(j, &key, false, &other);
}

/* From the last to the first, so that each chain is in the order of the file. */
static void
build_chains(struct journal *j)
{
	size_t chains = 1;

	while (chains * 2 <= j->count)
		chains *= 2;
	j->mask = chains - 1;
	j->chains = mem_zero(chains, sizeof *j->chains);
	for (size_t i = j->count; i-- > 0;) {
		struct journal_entry *e = &j->entries[i];
		uint32_t *chain = &j->chains[e->request[0] & j->mask];

		if (e->retry && has_later(j, e)) {
			retire(j, i);
			continue;
		}
		e->next = *chain;
		*chain = (uint32_t)i + 1;
	}
	j->met = false;
}

int
journal_load(struct journal *j, journal_reader *read, void *context, struct buf *reason)
{
	struct census census = {0};
	uint64_t size;

	if (journal_file_size(j->fd, &size, &j->end) || read_lines(j, read, context, &census)) {
		buf_str(reason, strerror(errno));
		return -1;
	}
	if (!census.ours && (census.strangers || (size > j->end && !census.torn_is_ours))) {
		buf_str(reason, "it holds something, and no result of gem-call: not touched");
		return -1;
	}
	j->strangers = census.strangers;
	j->torn = size - j->end;
	build_chains(j);
	/* what a killed run has left may not be on the disk yet */
	if ((!j->torn || !ftruncate(j->fd, (off_t)j->end)) && !fdatasync(j->fd) &&
	    !journal_file_sync_folder(j->path))
		return 0;
	buf_str(reason, strerror(errno));
	return -1;
}

enum journal_claim
journal_claim(struct journal *j, const struct journal_key *key, bool any, size_t *entry)
{
	uint32_t *other, *own = find(j, key, false, &other);

	if (!own && !other)
		return JOURNAL_NONE;
	if (!own && !any)
		return JOURNAL_OTHERS;
	*entry = take(j, own ? own : other);
	return JOURNAL_FOUND;
}

int
journal_read(struct journal *j, size_t entry, struct buf *out)
{
	const struct journal_entry *e = &j->entries[entry];

	return file_read_at(j->fd, e->offset, e->length - 1, out) ? fail(j) : 0;
}

static void
retire_failure(struct journal *j, const struct journal_key *key)
{
	uint32_t *other, *own = find(j, key, true, &other);

	if (own || other)
		retire(j, take(j, own ? own : other));
}

void
journal_add(struct journal *j, const struct journal_key *key, struct slice line)
{
	buf_slice(&j->pending, line);
	buf_char(&j->pending, '\n');
	retire_failure(j, key);
}

int
journal_adopt(struct journal *j, size_t entry, const struct journal_key *key, struct slice line)
{
	struct buf whole = {0};
	uint64_t offset;
	int status;

	buf_slice(&whole, line);
	buf_char(&whole, '\n');
	status = spill_add(&j->adopted, buf_view(&whole), &offset);
	buf_free(&whole);
	if (status)
		return journal_fail(j, errno, JOURNAL_SPILL);
	retire(j, entry);
	retire_failure(j, key);
	return 0;
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
	if (journal_file_append(j->fd, buf_view(&j->pending), j->end) || fdatasync(j->fd))
		return fail(j);
	j->end += j->pending.len;
	buf_reset(&j->pending);
	return 0;
}

/* Without the lines that have a successor. */
static void
rewrite(struct journal *j)
{
	struct journal_copy copy = {.from = j->fd};

	if (j->error || check_there(j))
		return;
	journal_copy_begin(&copy, j->path);
	for (size_t i = 0; i < j->count; i++) {
		if (!j->entries[i].gone)
			continue;
		journal_copy_until(&copy, j->entries[i].offset);
		copy.at += j->entries[i].length;
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
	if (j->gone)
		rewrite(j);
	if (close(j->fd))
		fail(j);
	buf_free(&j->pending);
	spill_free(&j->adopted);
	free(j->entries);
	free(j->chains);
	j->entries = NULL;
	j->chains = NULL;
	errno = j->error;
	return j->error ? -1 : 0;
}
