// SPDX-License-Identifier: MIT
/* A field is found, unquoted and escaped in one walk. */
#include "text/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/json_string.h"
#include "text/utf8.h"

/* The fields of one row, from the left. */
struct fields {
	const char *p; /* the next field; NULL: there is none */
	const char *end;
	char separator;
	const char *problem;
};

static struct fields
fields_of(struct slice row, char separator)
{
	return (struct fields){row.p, row.p + row.n, separator, NULL};
}

/* p is behind the opening quote; the result is behind the closing one, NULL without one. */
static const char *
add_quoted(struct buf *out, const char *p, const char *end)
{
	const char *quote;

	while ((quote = memchr(p, '"', (size_t)(end - p)))) {
		json_escape(out, (struct slice){p, (size_t)(quote - p)});
		p = quote + 1;
		if (p == end || *p != '"')
			return p;
		buf_str(out, "\\\"");
		p++;
	}
	return NULL;
}

/* A quote inside an unquoted field stands for itself, as in most programs that read CSV. */
static const char *
add_plain(struct buf *out, const char *p, const char *end, char separator)
{
	const char *to = memchr(p, separator, (size_t)(end - p));

	if (!to)
		to = end;
	json_escape(out, (struct slice){p, (size_t)(to - p)});
	return to;
}

/* Appends the next field as the inside of a JSON string; false with f->problem set. */
static bool
add_field(struct fields *f, struct buf *out)
{
	const char *p = f->p;

	if (p < f->end && *p == '"')
		p = add_quoted(out, p + 1, f->end);
	else
		p = add_plain(out, p, f->end, f->separator);
	if (!p)
		f->problem = "a quote is not closed";
	else if (p < f->end && *p != f->separator)
		f->problem = "text behind a closing quote";
	if (f->problem)
		return false;
	f->p = p < f->end ? p + 1 : NULL;
	return true;
}

/* A name with a bare carriage return is a whole table whose rows end with one. */
static int
check_returns(struct slice row, struct buf *reason)
{
	if (!row.n || !memchr(row.p, '\r', row.n) || memchr(row.p, '"', row.n))
		return 0;
	buf_str(reason, "a carriage return inside the row");
	return -1;
}

static int
check_text(struct slice row, struct buf *reason)
{
	size_t invalid = utf8_invalid(row.p, row.n), at = strnlen(row.p, invalid);

	if (at == row.n)
		return 0;
	buf_printf(reason, "%s at byte %zu of the row",
	    at < invalid ? "a NUL byte: no text" : "invalid UTF-8", at + 1);
	return -1;
}

static int
by_name(const void *a, const void *b)
{
	const struct buf *x = *(const struct buf *const *)a, *y = *(const struct buf *const *)b;
	size_t least = x->len < y->len ? x->len : y->len;
	int order = memcmp(buf_view(x).p, buf_view(y).p, least);

	if (!order)
		order = (x->len > y->len) - (x->len < y->len);
	return order ? order : (x > y) - (x < y);
}

/* Two columns of one name would be one member of an object. */
static int
check_names(const struct csv_header *h, struct buf *reason)
{
	struct buf **names = mem_resize(NULL, h->count, sizeof(struct buf *));

	for (size_t i = 0; i < h->count; i++)
		names[i] = &h->names[i];
	qsort(names, h->count, sizeof(struct buf *), by_name);
	for (size_t i = 1; i < h->count && !reason->len; i++) {
		if (slice_equal(buf_view(names[i - 1]), buf_view(names[i])))
			buf_printf(reason, "column %zu has the name of column %zu",
			    (size_t)(names[i] - h->names) + 1,
			    (size_t)(names[i - 1] - h->names) + 1);
	}
	free(names);
	return reason->len ? -1 : 0;
}

int
csv_header_read(struct csv_header *h, char separator, struct slice row, struct buf *reason)
{
	struct fields f = fields_of(row, separator);

	*h = (struct csv_header){.separator = separator};
	if (check_text(row, reason) || check_returns(row, reason))
		return -1;
	while (f.p && !reason->len) {
		if (!(h->count & (h->count - 1)))
			h->names = mem_resize(
			    h->names, h->count ? 2 * h->count : 1, sizeof *h->names);
		h->names[h->count++] = (struct buf){0};
		if (!add_field(&f, &h->names[h->count - 1]))
			buf_str(reason, f.problem);
		else if (!h->names[h->count - 1].len)
			buf_printf(reason, "column %zu has no name%s", h->count,
			    h->count == 1 ? " (of pandas: to_csv(index=False))" : "");
	}
	if (!reason->len && check_names(h, reason) == 0)
		return 0;
	csv_header_free(h);
	return -1;
}

void
csv_header_free(struct csv_header *h)
{
	for (size_t i = 0; i < h->count; i++)
		buf_free(&h->names[i]);
	free(h->names);
	*h = (struct csv_header){0};
}

/* Appends the members and counts the fields, those beyond the header's too. */
static size_t
add_members(const struct csv_header *h, struct fields *f, struct buf *out)
{
	struct buf beyond = {0};
	size_t count = 0;

	for (; f->p && !f->problem; count++) {
		if (count >= h->count) {
			add_field(f, &beyond);
			continue;
		}
		buf_str(out, count ? ",\"" : "\"");
		buf_slice(out, buf_view(&h->names[count]));
		buf_str(out, "\":\"");
		add_field(f, out);
		buf_char(out, '"');
	}
	buf_free(&beyond);
	return count;
}

int
csv_object(const struct csv_header *h, struct slice row, struct buf *out, struct buf *reason)
{
	struct fields f = fields_of(row, h->separator);
	size_t start = out->len, count;

	if (check_text(row, reason))
		return -1;
	buf_char(out, '{');
	count = add_members(h, &f, out);
	buf_char(out, '}');
	if (!f.problem && count == h->count)
		return 0;
	if (f.problem)
		buf_str(reason, f.problem);
	else
		buf_printf(reason, "a row of %zu fields under a header of %zu", count, h->count);
	buf_cut(out, start);
	return -1;
}
