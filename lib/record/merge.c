// SPDX-License-Identifier: MIT
/*
 * A result goes down this file's last functions to its first: filter, choice,
 * document, shape.
 */
#include "record/merge.h"

#include <assert.h>

#include "record/object.h"
#include "record/piece.h"
#include "text/json_string.h"

/* "name: class: " */
static void
name(const struct merge *m, const struct outcome *o, struct buf *out)
{
	struct json_value class = json_get(&o->call, "class");

	outcome_name(o, m->records, out);
	buf_str(out, ": ");
	if (class.kind == JSON_STRING) {
		buf_slice(out, json_inside(&class));
		buf_str(out, ": ");
	}
}

static void
complain(struct merge *m, const struct outcome *o, struct slice reason)
{
	struct buf message = {0};

	name(m, o, &message);
	buf_slice(&message, reason);
	for (size_t i = 0; i < message.len; i++) {
		if (!message.data[i])
			message.data[i] = ' '; /* else it would be the end for those who print it */
	}
	m->complain(m->context, buf_view(&message));
	buf_free(&message);
}

static void
refuse(struct merge *m, const struct outcome *o, struct slice reason)
{
	m->unusable++;
	complain(m, o, reason);
}

static void
complain_of_failure(struct merge *m, const struct outcome *o)
{
	struct buf text = {0};

	json_unescape(&text, json_inside(&o->error));
	complain(m, o, buf_view(&text));
	buf_free(&text);
}

static struct buf *
out(const struct merge *m)
{
	return &m->writer->bytes;
}

static void
emit(struct merge *m)
{
	writer_end_record(m->writer);
	writer_flush_full(m->writer);
}

static void
write_object(
    struct merge *m, const struct outcome *o, const struct object_member *members, size_t count)
{
	object_edit(out(m), &o->whole, members, count);
	emit(m);
}

/* What was joined, where it was; else the response. */
static void
write_text(struct merge *m, const struct outcome *o)
{
	struct json_value text = {0};

	if (m->gathers)
		text = json_get(&o->whole, m->gather.field);
	if (text.kind != JSON_STRING)
		text = o->response;
	if (text.kind != JSON_STRING) {
		refuse(m, o, SLICE("it has no response"));
		return;
	}
	if (json_unescape(out(m), json_inside(&text)) && !m->told_of_halves) {
		m->told_of_halves = true;
		m->complain(m->context,
		    SLICE("results have half a surrogate pair in their text: it becomes U+FFFD"));
	}
	emit(m);
}

static void
write_next_request(struct merge *m, const struct outcome *o)
{
	struct object_member members[] = {{"prompt", {0}}, RESULT_MEMBERS};

	buf_reset(&m->prompt);
	buf_reset(&m->reason);
	if (template_render(m->template, &o->whole, NULL, &m->prompt, &m->reason)) {
		refuse(m, o, buf_view(&m->reason));
		return;
	}
	members[0].value = buf_view(&m->prompt);
	write_object(m, o, members, sizeof members / sizeof *members);
}

/* Has it what makes a request (record/record)? A batch's results have not. */
static bool
holds_request(const struct outcome *o)
{
	static const char *const names[] = {"prompt", "text", "contents", "request"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (json_get(&o->whole, names[i]).kind != JSON_NONE)
			return true;
	}
	return false;
}

static void
write_first_request(struct merge *m, const struct outcome *o)
{
	static const struct object_member members[] = {RESULT_MEMBERS};

	if (!m->told_of_bare && !holds_request(o)) {
		m->told_of_bare = true;
		m->complain(m->context, SLICE("results do not hold their requests: they are to be "
					      "taken from what was called, by id"));
	}
	write_object(m, o, members, sizeof members / sizeof *members);
}

static void
write_shaped(struct merge *m, const struct outcome *o)
{
	bool failed = outcome_failed(o);

	m->failures += failed;
	switch (m->shape) {
	case MERGE_NOTHING: break;
	case MERGE_AS_IT_IS: writer_record(m->writer, json_raw(&o->whole)); break;
	case MERGE_FIRST_REQUEST: write_first_request(m, o); break;
	case MERGE_TEXT:
	case MERGE_NEXT_REQUEST:
		if (failed)
			complain_of_failure(m, o);
		else if (m->shape == MERGE_TEXT)
			write_text(m, o);
		else
			write_next_request(m, o);
	}
}

static bool
is_chosen(const struct merge *m, const struct outcome *o)
{
	switch (m->choice) {
	case MERGE_ALL: return true;
	case MERGE_OK: return o->success.kind == JSON_TRUE;
	case MERGE_FAILED: return outcome_failed(o);
	}
	return false;
}

/* A document is complete, or will never be: its record goes the way of the others. */
static void
write_document(struct merge *m)
{
	struct outcome o;
	struct json_error error;
	int refused = outcome_parse(&o, buf_view(&m->document), &error);

	assert(!refused); /* record/gather writes JSON */
	if (!refused && is_chosen(m, &o))
		write_shaped(m, &o);
}

static void
gather_piece(struct merge *m, const struct outcome *o)
{
	const char *problem;

	buf_reset(&m->document);
	if (gather_add(&m->gather, o, &m->document, &problem))
		write_document(m);
	if (problem)
		refuse(m, o, slice_of(problem));
}

/* False: dropped. Of pieces it is the document that is chosen. */
static bool
take(struct merge *m, const struct outcome *o)
{
	bool piece = m->gathers && piece_is_one(o);

	if (!piece && !is_chosen(m, o))
		return false;
	if (o->success.kind != JSON_NONE && m->shape == MERGE_NOTHING)
		summary_add_outcome(&m->summary, o);
	if (piece)
		gather_piece(m, o);
	else
		write_shaped(m, o);
	return true;
}

/* What a filter gives that is no object: a value, which is neither a success nor a failure. */
static bool
take_value(struct merge *m, struct slice value)
{
	struct json_value string = json_of(value, JSON_STRING);

	if (m->choice != MERGE_ALL || m->shape == MERGE_NOTHING)
		return false;
	if (m->shape == MERGE_TEXT && value.p[0] == '"') {
		json_unescape(out(m), json_inside(&string));
		emit(m);
	} else {
		writer_record(m->writer, value);
	}
	return true;
}

struct filtering {
	struct merge *merge;
	bool result;       /* it was one, or a record that nobody has called */
	const char *unfit; /* what the filter gives, for what comes behind it; NULL: it is not */
};

/* A choice among successes would drop what has lost the word, and a count pass over it. */
static const char *
unfit(const struct filtering *f, struct slice given)
{
	const struct merge *m = f->merge;
	struct json_error error;
	struct outcome o;

	if (m->shape == MERGE_NEXT_REQUEST && *given.p != '{')
		return "the filter gives no object, and a request is one";
	if (!f->result || (m->choice == MERGE_ALL && m->shape != MERGE_NOTHING))
		return NULL;
	if (outcome_parse(&o, given, &error) || o.success.kind == JSON_NONE)
		return "the filter gives no `success`, and --ok, --failed and --summary go by it";
	return NULL;
}

static bool
keep_filtered(void *context, struct slice result)
{
	struct filtering *f = context;
	struct buf *all = &f->merge->filtered;
	size_t at = all->len;

	buf_slice(all, result);
	buf_char(all, '\n');
	f->unfit = unfit(f, (struct slice){all->data + at, result.n});
	return !f->unfit;
}

/* What the filter has given of one result, a line each; false: all of it is dropped. */
static bool
take_filtered(struct merge *m)
{
	const char *p = buf_view(&m->filtered).p, *end = p + m->filtered.len, *newline;
	struct json_error error;
	struct outcome o;
	bool used = false;

	for (; p < end; p = newline + 1) {
		struct slice line;

		newline = memchr(p, '\n', (size_t)(end - p));
		line = (struct slice){p, (size_t)(newline - p)};
		used |= outcome_parse(&o, line, &error) ? take_value(m, line) : take(m, &o);
	}
	return used;
}

/* All that the filter gives, or nothing. */
static int
filter(struct merge *m, const struct outcome *o)
{
	struct filtering f = {.merge = m, .result = o->success.kind != JSON_NONE};

	buf_reset(&m->filtered);
	buf_reset(&m->reason);
	name(m, o, &m->reason);
	if (jq_run(m->filter, &o->whole, keep_filtered, &f, &m->reason))
		return -1;
	if (!f.unfit)
		return take_filtered(m);
	buf_str(&m->reason, f.unfit);
	return -1;
}

int
merge_result(struct merge *m, const struct outcome *o)
{
	m->records++;
	return m->filter ? filter(m, o) : take(m, o);
}

void
merge_end(struct merge *m)
{
	for (;;) {
		buf_reset(&m->document);
		if (!gather_incomplete(&m->gather, &m->document))
			return;
		write_document(m);
	}
}

void
merge_free(struct merge *m)
{
	gather_free(&m->gather);
	buf_free(&m->document);
	buf_free(&m->prompt);
	buf_free(&m->reason);
	buf_free(&m->filtered);
}
