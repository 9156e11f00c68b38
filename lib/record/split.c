// SPDX-License-Identifier: MIT
/*
 * A record goes down this file's last functions to its first: filter, id, pieces,
 * prompt, ask.
 */
#include "record/split.h"

#include <inttypes.h>
#include <string.h>

#include "record/ask.h"
#include "record/chunk.h"
#include "record/object.h"
#include "text/json_string.h"
#include "text/utf8.h"

enum wanted { ID, SPLIT, FIELD, WANTED };

/* A record, taken apart. */
struct parts {
	struct json_value whole;
	struct json_value values[WANTED];
};

void
split_free(struct split *s)
{
	struct buf *all[] = {&s->reason, &s->wrapped, &s->id, &s->object, &s->spare, &s->text,
	    &s->piece_id, &s->piece_text, &s->place, &s->piece, &s->prompt, &s->ask, &s->out};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		buf_free(all[i]);
}

static int
reject_kind(struct split *s, const char *name, enum json_kind found, const char *needed)
{
	buf_printf(&s->reason, "'%s': %s, where %s is needed", name, json_kind_name(found), needed);
	return -1;
}

/* Checks the text and finds what is wanted of it. */
static int
take_apart(struct split *s, struct slice json, struct parts *parts, size_t *column)
{
	const struct slice names[WANTED] = {
	    [ID] = SLICE("id"), [SPLIT] = SLICE("split"), [FIELD] = slice_of(s->rules.field)};
	struct json_error error;

	if (json_scan(json.p, json.n, names, WANTED, parts->values, &parts->whole, &error)) {
		*column = error.offset + 1;
		buf_str(&s->reason, error.reason);
		if (error.offset == json.n)
			buf_str(&s->reason, " (a record is one line)");
		return -1;
	}
	for (size_t i = 0; i < WANTED; i++) {
		if (parts->values[i].flags & JSON_DUPLICATE)
			s->warnings |= SPLIT_DUPLICATE;
	}
	return 0;
}

/* The id of a record that has none. A filter's second result of line 7 is FILE:7:2. */
static int
make_up_id(struct split *s)
{
	const struct source_record *r = s->source;

	if (utf8_invalid(r->file, strlen(r->file)) < strlen(r->file)) {
		buf_str(&s->reason, "no id, and the name of the file is not UTF-8");
		return -1;
	}
	buf_char(&s->id, '"');
	json_escape(&s->id, slice_of(r->file));
	if (!s->rules.id_is_file)
		buf_printf(&s->id, ":%" PRIu64, r->line);
	if (s->results > 1)
		buf_printf(&s->id, ":%zu", s->results);
	buf_char(&s->id, '"');
	return 0;
}

/* What --id gives, or the id that is there, or one made up: as JSON in s->id. */
static int
find_id(struct split *s, const struct parts *parts)
{
	struct json_value id = parts->values[ID];

	buf_reset(&s->id);
	if (s->rules.id) {
		buf_str(&s->reason, "--id: ");
		if (expression_get(s->rules.id, &parts->whole, &id, &s->reason))
			return -1;
		buf_reset(&s->reason);
	}
	if (!s->rules.id && (id.kind == JSON_NONE || id.kind == JSON_NULL))
		return make_up_id(s);
	if (id.kind != JSON_STRING && id.kind != JSON_NUMBER)
		return reject_kind(s, s->rules.id ? "--id" : "id", id.kind, "a string or a number");
	buf_add(&s->id, id.p, id.n);
	return 0;
}

/* The object with its id, in s->object. A new id comes first, where people look for it. */
static void
set_id(struct split *s, const struct parts *parts)
{
	const struct json_value *object = &parts->whole, *old = &parts->values[ID];
	struct slice members = {object->p + 1, object->n - 1};
	struct object_member id = {"id", buf_view(&s->id)};

	buf_reset(&s->spare);
	if (old->kind == JSON_NONE) {
		buf_printf(&s->spare, "{\"id\":%s%s", s->id.data, json_count(object) ? "," : "");
		buf_slice(&s->spare, members);
	} else if (slice_equal((struct slice){old->p, old->n}, buf_view(&s->id))) {
		buf_add(&s->spare, object->p, object->n);
	} else {
		object_edit(&s->spare, object, &id, 1);
	}
	buf_swap(&s->spare, &s->object);
}

static struct json_value
object_in(const struct buf *b)
{
	return (struct json_value){b->data, b->len, JSON_OBJECT, 0};
}

static int
set_prompt(struct split *s, const struct json_value *object, struct object_member *prompt)
{
	buf_reset(&s->prompt);
	buf_char(&s->prompt, '"');
	if (template_render(s->rules.template, object, &s->prompt, &s->reason))
		return -1;
	buf_char(&s->prompt, '"');
	*prompt = (struct object_member){"prompt", buf_view(&s->prompt)};
	return 0;
}

static int
set_ask(struct split *s, const struct json_value *object, struct object_member *ask)
{
	ask->name = "ask";
	return ask_merge(s->rules.ask, object, &s->ask, &ask->value, &s->reason);
}

/* The last step: the prompt and what it asks for. */
static int
finish(struct split *s, const struct json_value *object)
{
	struct object_member members[2];
	size_t count = 0;

	if (s->rules.template && set_prompt(s, object, &members[count++]))
		return -1;
	if (s->rules.ask.n && set_ask(s, object, &members[count++]))
		return -1;
	if (!count) {
		s->emit(s->context, (struct slice){object->p, object->n});
		return 0;
	}
	buf_reset(&s->out);
	object_edit(&s->out, object, members, count);
	s->emit(s->context, buf_view(&s->out));
	return 0;
}

/* The text without its JSON, in s->text; the object without its text, in s->object. */
static int
take_text(struct split *s, const struct json_value *text)
{
	struct json_value object = object_in(&s->object);
	struct object_member empty = {s->rules.field, SLICE("\"\"")};

	if (text->kind != JSON_STRING)
		return reject_kind(s, s->rules.field, text->kind, "a string");
	buf_reset(&s->text);
	if (json_unescape(&s->text, json_inside(text)))
		s->warnings |= SPLIT_LONE_SURROGATE;
	buf_reset(&s->spare);
	object_edit(&s->spare, &object, &empty, 1);
	buf_swap(&s->spare, &s->object);
	return 0;
}

/* The members of the n-th piece that are its own (gem-record(5)). */
static void
write_piece(struct split *s, const struct chunk *c, size_t n, size_t of)
{
	const char *id = s->id.data;
	int inside = (int)s->id.len - (*id == '"' ? 2 : 0);

	buf_reset(&s->piece_id);
	buf_printf(&s->piece_id, "\"%.*s#%zu\"", inside, *id == '"' ? id + 1 : id, n);
	buf_reset(&s->piece_text);
	json_quote(
	    &s->piece_text, (struct slice){buf_view(&s->text).p + c->start, c->end - c->start});
	buf_reset(&s->place);
	buf_printf(&s->place,
	    "{\"n\":%zu,\"of\":%zu,\"start\":%zu,\"end\":%zu,\"overlap\":%zu,\"doc\":%s,"
	    "\"line\":%" PRIu64 "}",
	    n, of, c->start, c->end, c->overlap, id, s->source->line);
}

static int
give_pieces(struct split *s)
{
	struct json_value object = object_in(&s->object), piece;
	struct chunker chunker;
	struct chunk chunk;
	size_t of;

	chunker_init(&chunker, buf_view(&s->text), s->rules.chunk, s->rules.overlap);
	of = chunker_count(&chunker);
	for (size_t n = 0; chunker_next(&chunker, &chunk); n++) {
		write_piece(s, &chunk, n, of);
		buf_reset(&s->piece);
		object_edit(&s->piece, &object,
		    (struct object_member[]){{"id", buf_view(&s->piece_id)},
			{s->rules.field, buf_view(&s->piece_text)}, {"split", buf_view(&s->place)}},
		    3);
		piece = object_in(&s->piece);
		if (finish(s, &piece))
			return -1;
	}
	return 0;
}

/* A JSON string is a prompt, as in gem-call. */
static int
wrap_string(struct split *s, struct parts *parts)
{
	size_t ignored;

	buf_reset(&s->wrapped);
	buf_str(&s->wrapped, "{\"prompt\":");
	buf_add(&s->wrapped, parts->whole.p, parts->whole.n);
	buf_char(&s->wrapped, '}');
	return take_apart(s, buf_view(&s->wrapped), parts, &ignored);
}

/* One record behind the filter. */
static int
give(struct split *s, struct parts *parts)
{
	struct json_value object;

	s->results++;
	if (parts->whole.kind == JSON_STRING && wrap_string(s, parts))
		return -1;
	if (parts->whole.kind != JSON_OBJECT) {
		buf_printf(&s->reason, "not an object: %s", json_kind_name(parts->whole.kind));
		return -1;
	}
	if (find_id(s, parts))
		return -1;
	set_id(s, parts);
	if (s->rules.chunk) {
		if (parts->values[SPLIT].kind != JSON_NONE)
			s->warnings |= SPLIT_AGAIN;
		return take_text(s, &parts->values[FIELD]) ? -1 : give_pieces(s);
	}
	object = object_in(&s->object);
	return finish(s, &object);
}

static bool
give_result(void *context, struct slice result)
{
	struct split *s = context;
	struct parts parts;
	size_t ignored;

	if (s->inexact && result.p != s->input.p)
		s->warnings |= SPLIT_INEXACT;
	s->failed = take_apart(s, result, &parts, &ignored) || give(s, &parts);
	return !s->failed;
}

static int
run_filter(struct split *s, const struct json_value *whole)
{
	struct buf why = {0};
	int status;

	s->inexact = whole->flags & JSON_INEXACT;
	s->input = (struct slice){whole->p, whole->n};
	status = jq_run(s->rules.filter, s->input, give_result, s, &why);
	if (status)
		buf_printf(&s->reason, "--filter: %s", buf_view(&why).p);
	buf_free(&why);
	if (status || s->failed)
		return -1;
	return s->results > 0;
}

int
split_record(struct split *s, struct source_record *r)
{
	struct parts parts;

	s->source = r;
	s->results = 0;
	s->failed = false;
	buf_reset(&s->reason);
	if (take_apart(s, r->json, &parts, &r->column))
		return -1;
	if (s->rules.filter)
		return run_filter(s, &parts.whole);
	return give(s, &parts) ? -1 : 1;
}
