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

/* From the last to the first, so that each chain is in the order of the file. */
static void
build_chains(struct journal *j)
{
	size_t chains = 1;

	while (chains * 2 <= j->count)
		chains *= 2;
	j->mask = chains - 1;
	j->chains = mem_zero(chains, sizeof *j->chains);
	for (size_t i = j->count; i > 0; i--) {
		uint32_t *chain = &j->chains[j->entries[i - 1].request[0] & j->mask];

		j->entries[i - 1].next = *chain;
		*chain = (uint32_t)i;
	}
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

static int
by_entry(const void *a, const void *b)
{
	size_t x = ((const struct journal_swap *)a)->entry,
	       y = ((const struct journal_swap *)b)->entry;

	return (x > y) - (x < y);
}

static void
add_swapped(const struct journal *j, struct journal_copy *copy, const struct journal_swap *swap)
{
	struct buf line = {0};

	if (spill_read(&j->swapped, swap->offset, swap->length, &line) && !copy->error)
		copy->error = errno;
	journal_copy_add(copy, buf_view(&line));
	buf_free(&line);
}

/* Copies the file up to the entry, and behind that what becomes of it; returns its length now. */
static size_t
copy_entry(struct journal *j, struct journal_copy *copy, size_t i, const struct journal_swap *swap)
{
	struct journal_entry *e = &j->entries[i];
	bool swapped = swap && swap->entry == i;

	if (!swapped && (!e->retry || e->gone))
		return e->length;
	journal_copy_until(copy, e->offset);
	copy->at += e->length;
	e->gone = !swapped;
	if (swapped)
		add_swapped(j, copy, swap);
	return swapped ? swap->length : 0;
}

/*
 * Without the lines that are to go, and with those that are replaced. What an error leaves half
 * done is not used again.
 */
static void
rewrite(struct journal *j)
{
	struct journal_copy copy = {.from = j->fd};
	uint64_t shift = 0;
	size_t swap = 0;

	if (j->error || check_there(j))
		return;
	if (j->swap_count)
		qsort(j->swaps, j->swap_count, sizeof *j->swaps, by_entry);
	journal_copy_begin(&copy, j->path);
	for (size_t i = 0; i < j->count; i++) {
		struct journal_entry *e = &j->entries[i];
		const struct journal_swap *next = swap < j->swap_count ? &j->swaps[swap] : NULL;
		size_t length = copy_entry(j, &copy, i, next);

		swap += next && next->entry == i;
		e->offset -= shift;
		shift += e->length - length; /* modulo 2^64: a line may grow */
		e->length = length & LENGTH_MASK;
	}
	journal_copy_until(&copy, j->end);
	if (journal_copy_end(&copy, j->path)) {
		journal_fail(j, errno, "it is not written anew: ");
		return;
	}
	j->end -= shift;
	j->fd = copy.to;
	j->swap_count = 0;
}

enum journal_claim
journal_claim(struct journal *j, const struct journal_key *key, bool any, size_t *entry)
{
	uint32_t *link = &j->chains[key->request[0] & j->mask], *found = NULL, *other = NULL;
	bool retries = false;

	for (; *link && !found; link = &j->entries[*link - 1].next) {
		const struct journal_entry *e = &j->entries[*link - 1];

		if (e->request[0] != key->request[0] || e->request[1] != key->request[1] || e->gone)
			continue;
		j->met = true;
		if (e->retry)
			retries = true;
		else if (e->id == key->id)
			found = link;
		else if (!other)
			other = link;
	}
	if (!found && other && !any)
		return JOURNAL_OTHERS;
	if (!found && retries)
		rewrite(j);
	if (!found)
		found = other;
	if (!found || j->error)
		return JOURNAL_NONE;
	*entry = *found - 1;
	*found = j->entries[*entry].next;
	return JOURNAL_FOUND;
}

int
journal_read(struct journal *j, size_t entry, struct buf *out)
{
	const struct journal_entry *e = &j->entries[entry];

	return file_read_at(j->fd, e->offset, e->length - 1, out) ? fail(j) : 0;
}

int
journal_replace(struct journal *j, size_t entry, struct slice line)
{
	struct journal_swap swap = {.entry = entry, .length = line.n + 1};
	struct buf whole = {0};
	int status;

	buf_slice(&whole, line);
	buf_char(&whole, '\n');
	status = spill_add(&j->swapped, buf_view(&whole), &swap.offset);
	buf_free(&whole);
	if (status)
		return journal_fail(j, errno, JOURNAL_SPILL);
	j->swaps = mem_resize(j->swaps, j->swap_count + 1, sizeof *j->swaps);
	j->swaps[j->swap_count++] = swap;
	return 0;
}

void
journal_add(struct journal *j, struct slice line)
{
	buf_slice(&j->pending, line);
	buf_char(&j->pending, '\n');
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

int
journal_close(struct journal *j)
{
	journal_commit(j);
	if (j->swap_count)
		rewrite(j);
	if (close(j->fd))
		fail(j);
	buf_free(&j->pending);
	spill_free(&j->swapped);
	free(j->swaps);
	free(j->entries);
	free(j->chains);
	j->swaps = NULL;
	j->entries = NULL;
	j->chains = NULL;
	errno = j->error;
	return j->error ? -1 : 0;
}
