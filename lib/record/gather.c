// SPDX-License-Identifier: MIT
/*
 * Documents stand in a tree by id, file, line and result; those not complete also in a list, in
 * the order of their first piece. A complete one keeps only its id. Pieces stand
 * in a tree of their document's, by number: memory is that of what has come, and
 * no number costs more than another.
 */
#include "record/gather.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/piece.h"
#include "text/json_string.h"
#include "text/utf8.h"

/* So many pieces are named in an error; the rest are counted. */
#define NAMED_MAX 8

struct group {
	struct buf doc;  /* the id, a JSON token; on another line it is another document's */
	struct buf file; /* likewise; empty: not said */
	int64_t line;    /* of it; -1: not said */
	int64_t result;  /* of a filter, on that line */
	void *pieces;    /* a tree of those that came */
	size_t known;    /* one above the greatest number of them */
	size_t of;       /* 0: not said yet */
	size_t present;
	bool done; /* put out: pieces that come again are passed over */
	TAILQ_ENTRY(group) open;
};

const char *
gather_init(struct gather *g, const char *field, const char *separator)
{
	static const char *const own[] = {"id", "success", "error", "split", "call"};
	bool response = !field || strcmp(field, "response") == 0;

	*g = (struct gather){.field = field ? field : "response",
	    .separator = slice_of(separator  ? separator
				  : response ? "\n"
					     : "")};
	TAILQ_INIT(&g->open);
	if (!utf8_is_valid(slice_of(g->field)))
		return "option '--field': the text is not UTF-8";
	if (!utf8_is_valid(g->separator))
		return "option '--sep': the text is not UTF-8";
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		if (strcmp(g->field, own[i]) == 0)
			return "option '--field': the document's record has a member of that name";
	}
	return NULL;
}

static int
compare_bytes(const struct buf *x, const struct buf *y)
{
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return x->len ? memcmp(x->data, y->data, x->len) : 0;
}

static int
compare(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int status;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->result != y->result)
		return x->result < y->result ? -1 : 1;
	status = compare_bytes(&x->doc, &y->doc);
	return status ? status : compare_bytes(&x->file, &y->file);
}

static void
free_group(void *group)
{
	piece_free_all(&((struct group *)group)->pieces);
	buf_free(&((struct group *)group)->doc);
	buf_free(&((struct group *)group)->file);
	free(group);
}

/* The document's group, a new one if it has none. */
static struct group *
group_of(struct gather *g, const struct piece_place *place)
{
	struct group *group = mem_zero(1, sizeof *group), **found;

	group->line = place->line;
	group->result = place->result;
	buf_slice(&group->doc, json_raw(&place->doc));
	buf_slice(&group->file, place->file);
	found = tsearch(group, &g->groups, compare);
	if (!found)
		mem_exhausted();
	if (*found != group) {
		free_group(group);
		return *found;
	}
	TAILQ_INSERT_TAIL(&g->open, group, open);
	return group;
}

/* Out of the list of those that are not done; the id stays, to know the document again. */
static void
close_group(struct gather *g, struct group *group)
{
	piece_free_all(&group->pieces);
	group->done = true;
	TAILQ_REMOVE(&g->open, group, open);
}

void
gather_free(struct gather *g)
{
	tdestroy(g->groups, free_group);
	*g = (struct gather){0};
}

static void
begin_record(struct buf *out, const struct group *group)
{
	buf_str(out, "{\"id\":");
	buf_slice(out, buf_view(&group->doc));
}

static void
end_record(struct buf *out, const struct group *group, bool ok)
{
	buf_printf(out, ",\"success\":%s,\"split\":{\"doc\":", ok ? "true" : "false");
	buf_slice(out, buf_view(&group->doc));
	if (group->of)
		buf_printf(out, ",\"of\":%zu", group->of);
	buf_str(out, ok ? "}}" : "},\"call\":{\"class\":\"invalid\"}}");
}

static void
write_document(const struct gather *g, const struct group *group, struct buf *out)
{
	begin_record(out, group);
	json_name(out, g->field);
	buf_char(out, '"');
	for (size_t i = 0; i < group->of; i++) {
		if (i)
			json_escape(out, g->separator);
		buf_slice(out, buf_view(&piece_at(group->pieces, i)->text));
	}
	buf_char(out, '"');
	end_record(out, group, true);
}

/* The first piece that does not begin where the one before it ends, or `of`. */
static size_t
first_misfit(const struct group *group)
{
	int64_t expected = 0;

	for (size_t i = 0; i < group->of; i++) {
		const struct piece *p = piece_at(group->pieces, i);

		if (p->start >= 0 && expected >= 0 && expected - p->start != p->overlap)
			return i;
		expected = p->end;
	}
	return group->of;
}

static void
begin_error(struct buf *out, const struct group *group)
{
	begin_record(out, group);
	buf_str(out, ",\"error\":\"");
}

static void
write_misfit(const struct group *group, size_t misfit, struct buf *out)
{
	begin_error(out, group);
	buf_printf(out, "piece #%zu of %zu does not begin where the one before it ends", misfit,
	    group->of);
	buf_char(out, '"');
	end_record(out, group, false);
}

static void
name_piece(const struct group *group, size_t i, struct buf *out)
{
	const struct piece *piece = piece_at(group->pieces, i);
	bool failed = piece->state == PIECE_FAILED;

	buf_printf(out, "piece #%zu", i);
	if (group->of)
		buf_printf(out, " of %zu", group->of);
	buf_str(out, failed ? " failed: " : " is missing");
	if (failed)
		buf_slice(out, buf_view(&piece->text));
}

static void
write_incomplete(const struct group *group, struct buf *out)
{
	size_t bad = (group->of ? group->of : group->known + 1) - group->present, named = 0;

	begin_error(out, group);
	for (size_t i = 0; named < bad && named < NAMED_MAX; i++) {
		if (piece_at(group->pieces, i)->state == PIECE_PRESENT)
			continue;
		if (named++)
			buf_str(out, "; ");
		name_piece(group, i, out);
	}
	if (bad > named)
		buf_printf(out, "; and %zu more", bad - named);
	buf_char(out, '"');
	end_record(out, group, false);
}

bool
gather_incomplete(struct gather *g, struct buf *line)
{
	struct group *group = TAILQ_FIRST(&g->open);

	if (!group)
		return false;
	write_incomplete(group, line);
	close_group(g, group);
	return true;
}

static void
take_piece(const struct gather *g, struct group *group, size_t n, const struct outcome *o)
{
	struct piece *old = piece_add(&group->pieces, n), piece = piece_read(o, g->field);

	if (n >= group->known)
		group->known = n + 1;
	if (old->state == PIECE_PRESENT && piece.state == PIECE_FAILED) {
		buf_free(&piece.text);
		return;
	}
	group->present += piece.state == PIECE_PRESENT && old->state != PIECE_PRESENT;
	buf_free(&old->text);
	piece.n = n;
	*old = piece;
}

/* What makes a piece none of its document, or NULL. */
static const char *
problem_of(const struct group *group, const struct piece_place *place)
{
	bool known = group->of > 0, said = place->of > 0;

	if ((known && said && place->of != group->of) || (known && place->n >= group->of) ||
	    (said && place->of < group->known))
		return "the pieces of this document disagree on how many there are";
	return NULL;
}

/* All pieces are there: the document, or which of them does not fit. */
static void
write_complete(const struct gather *g, const struct group *group, struct buf *line)
{
	size_t misfit = first_misfit(group);

	if (misfit < group->of)
		write_misfit(group, misfit, line);
	else
		write_document(g, group, line);
}

/* Which document, and which of how many pieces; returns NULL or what is wrong with it. */
static const char *
read_split(
    struct gather *g, const struct outcome *o, struct group **group, struct piece_place *place)
{
	const char *problem = piece_place(o, place);

	if (problem)
		return problem;
	*group = group_of(g, place);
	return problem_of(*group, place);
}

bool
gather_add(struct gather *g, const struct outcome *o, struct buf *line, const char **problem)
{
	struct piece_place place;
	struct group *group;

	*problem = read_split(g, o, &group, &place);
	if (*problem)
		return false;
	if (group->done) {
		g->repeated++;
		return false;
	}
	if (place.of)
		group->of = place.of;
	take_piece(g, group, place.n, o);
	if (!group->of || group->present < group->of)
		return false;
	write_complete(g, group, line);
	close_group(g, group);
	return true;
}
