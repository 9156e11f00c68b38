// SPDX-License-Identifier: MIT
#include "record/gather.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/json_string.h"

/* More pieces than this are no document: a gigabyte in pieces of a thousand characters. */
#define PIECES_MAX ((int64_t)1 << 20)

/* So many pieces are named in an error; the rest are counted. */
#define NAMED_MAX 8

enum state { MISSING, FAILED, PRESENT };

struct piece {
	enum state state;
	struct buf text;             /* PRESENT: an inside; FAILED: the reason, as an inside */
	int64_t start, end, overlap; /* bytes; -1: not said */
};

struct group {
	struct buf doc; /* the id, a JSON token */
	struct piece *pieces;
	size_t known; /* length of pieces */
	size_t of;    /* 0: not said yet */
	size_t present;
	bool done; /* put out: pieces that come again are passed over */
	struct group *next, *previous;
};

static int
compare(const void *a, const void *b)
{
	const struct buf *x = &((const struct group *)a)->doc, *y = &((const struct group *)b)->doc;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->data, y->data, x->len);
}

/* The document's group, a new one if it has none. */
static struct group *
group_of(struct gather *g, struct slice doc)
{
	struct group *group = mem_zero(1, sizeof *group), **found;

	buf_slice(&group->doc, doc);
	found = tsearch(group, &g->groups, compare);
	if (!found)
		mem_exhausted();
	if (*found != group) {
		buf_free(&group->doc);
		free(group);
		return *found;
	}
	group->previous = g->last;
	if (g->last)
		g->last->next = group;
	else
		g->first = group;
	g->last = group;
	return group;
}

static void
free_pieces(struct group *group)
{
	for (size_t i = 0; i < group->known; i++)
		buf_free(&group->pieces[i].text);
	free(group->pieces);
	group->pieces = NULL;
	group->known = 0;
}

/* Out of the list of those that are not done; the id stays, to know the document again. */
static void
close_group(struct gather *g, struct group *group)
{
	free_pieces(group);
	group->done = true;
	if (group->previous)
		group->previous->next = group->next;
	else
		g->first = group->next;
	if (group->next)
		group->next->previous = group->previous;
	else
		g->last = group->previous;
}

static void
free_group(void *group)
{
	free_pieces(group);
	buf_free(&((struct group *)group)->doc);
	free(group);
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

static bool
is_response(const struct gather *g)
{
	return slice_is(SLICE("response"), g->field);
}

/* A piece's own text without the bytes that repeat the end of the one before. */
static void
add_own_text(struct buf *out, const struct piece *piece)
{
	struct buf text = {0};
	size_t skip = piece->overlap > 0 ? (size_t)piece->overlap : 0;

	json_unescape(&text, buf_view(&piece->text));
	if (skip > text.len)
		skip = text.len;
	json_escape(out, (struct slice){text.data + skip, text.len - skip});
	buf_free(&text);
}

static void
write_document(const struct gather *g, const struct group *group, struct buf *out)
{
	begin_record(out, group);
	json_name(out, g->field);
	buf_char(out, '"');
	for (size_t i = 0; i < group->of; i++) {
		if (!is_response(g)) {
			add_own_text(out, &group->pieces[i]);
			continue;
		}
		if (i)
			json_escape(out, g->separator);
		buf_slice(out, buf_view(&group->pieces[i].text));
	}
	buf_char(out, '"');
	end_record(out, group, true);
}

/* The first piece that does not begin where the one before it ends, or `of`. */
static size_t
first_misfit(const struct group *group)
{
	for (size_t i = 0; i < group->of; i++) {
		const struct piece *p = &group->pieces[i];
		int64_t expected = i ? group->pieces[i - 1].end : 0;

		if (p->start >= 0 && expected >= 0 && p->start + p->overlap != expected)
			return i;
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
	bool failed = i < group->known && group->pieces[i].state == FAILED;

	buf_printf(out, "piece #%zu", i);
	if (group->of)
		buf_printf(out, " of %zu", group->of);
	buf_str(out, failed ? " failed: " : " is missing");
	if (failed)
		buf_slice(out, buf_view(&group->pieces[i].text));
}

static void
write_incomplete(const struct group *group, struct buf *out)
{
	size_t of = group->of ? group->of : group->known + 1, named = 0;

	begin_error(out, group);
	for (size_t i = 0; i < of; i++) {
		if (i < group->known && group->pieces[i].state == PRESENT)
			continue;
		if (named++ >= NAMED_MAX)
			continue;
		if (named > 1)
			buf_str(out, "; ");
		name_piece(group, i, out);
	}
	if (named > NAMED_MAX)
		buf_printf(out, "; and %zu more", named - NAMED_MAX);
	buf_char(out, '"');
	end_record(out, group, false);
}

bool
gather_incomplete(struct gather *g, struct buf *line)
{
	struct group *group = g->first;

	if (!group)
		return false;
	write_incomplete(group, line);
	close_group(g, group);
	return true;
}

static int64_t
number(const struct json_value *split, const char *name)
{
	struct json_value v = json_get(split, name);

	return json_int(&v, -1);
}

static struct piece *
piece_of(struct group *group, size_t n)
{
	if (n >= group->known) {
		group->pieces = mem_resize(group->pieces, n + 1, sizeof *group->pieces);
		while (group->known <= n)
			group->pieces[group->known++] = (struct piece){0};
	}
	return &group->pieces[n];
}

static void
take_failure(struct piece *piece, const struct outcome *o, const char *reason)
{
	if (piece->state == PRESENT)
		return;
	piece->state = FAILED;
	buf_reset(&piece->text);
	if (reason)
		buf_str(&piece->text, reason);
	else
		buf_slice(&piece->text, json_inside(&o->error));
}

static void
take_piece(struct gather *g, struct group *group, struct piece *piece, const struct outcome *o)
{
	struct json_value text = json_get(&o->whole, g->field);

	if (outcome_failed(o) || text.kind != JSON_STRING) {
		take_failure(piece, o, outcome_failed(o) ? NULL : "it has no string in that field");
		return;
	}
	group->present += piece->state != PRESENT;
	piece->state = PRESENT;
	buf_reset(&piece->text);
	buf_slice(&piece->text, json_inside(&text));
	piece->start = number(&o->split, "start");
	piece->end = number(&o->split, "end");
	piece->overlap = number(&o->split, "overlap");
	if (piece->overlap < 0)
		piece->overlap = 0;
}

/* What makes a piece none of its document, or NULL. */
static const char *
problem_of(const struct group *group, int64_t n, int64_t of)
{
	if (n < 0 || n >= PIECES_MAX || of > PIECES_MAX || (of >= 0 && n >= of))
		return "split names no piece of a document";
	if (group && group->of && ((of >= 0 && (size_t)of != group->of) || (size_t)n >= group->of))
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

bool
gather_add(struct gather *g, const struct outcome *o, struct buf *line, const char **problem)
{
	struct json_value doc = json_get(&o->split, "doc"), last = json_get(&o->split, "last");
	int64_t n = number(&o->split, "n"), of = number(&o->split, "of");
	struct group *group;

	if (last.kind == JSON_TRUE)
		of = n + 1;
	*problem = problem_of(NULL, n, of);
	if (!*problem && doc.kind != JSON_STRING && doc.kind != JSON_NUMBER)
		*problem = "split names no document";
	if (*problem)
		return false;
	group = group_of(g, (struct slice){doc.p, doc.n});
	*problem = group->done ? NULL : problem_of(group, n, of);
	if (*problem || group->done)
		return false;
	if (of > 0)
		group->of = (size_t)of;
	take_piece(g, group, piece_of(group, (size_t)n), o);
	if (!group->of || group->present < group->of)
		return false;
	write_complete(g, group, line);
	close_group(g, group);
	return true;
}
