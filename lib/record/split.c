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

/* What every run looks at; what its expressions need follows. */
enum wanted { ID, SPLIT, PROMPT, ASK };

void
split_init(struct split *s, const struct split_rules *rules, struct buf *out)
{
	*s = (struct split){.rules = *rules, .out = out};
	json_wants_add(&s->wants, "id", 0);
	json_wants_add(&s->wants, "split", 0);
	json_wants_add(&s->wants, "prompt", 0);
	json_wants_add(&s->wants, "ask", 0);
	s->field = json_wants_add(&s->wants, rules->field, 0);
	if (rules->template)
		s->needs_all = !template_want(rules->template, &s->wants);
	if (rules->id)
		expression_want(rules->id, &s->wants);
}

void
split_free(struct split *s)
{
	struct buf *all[] = {&s->reason, &s->wrapped, &s->made_id, &s->object, &s->text,
	    &s->piece_id, &s->piece_text, &s->place, &s->piece, &s->prompt, &s->ask};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		buf_free(all[i]);
}

static int
reject_kind(struct split *s, const char *name, enum json_kind found, const char *needed)
{
	buf_printf(&s->reason, "'%s': %s, where %s is needed", name, json_kind_name(found), needed);
	return -1;
}

/* Checks the text and finds what is wanted of it. (Only the record itself can be wrong.) */
static int
take_apart(struct split *s, struct slice json, struct split_parts *parts)
{
	struct json_error error;

	if (json_scan_members(&s->names, json, s->wants.items, s->wants.count, parts->values,
		&parts->whole, &error)) {
		s->source->column = error.offset + 1;
		buf_str(&s->reason, error.reason);
		if (error.offset == json.n)
			buf_str(&s->reason, " (a record is one line)");
		return -1;
	}
	if (parts->whole.flags & JSON_DUPLICATE)
		s->warnings |= SPLIT_DUPLICATE;
	return 0;
}

static void
add_number(struct buf *id, uint64_t number)
{
	buf_char(id, ':');
	buf_u64(id, number);
}

/* The id of a record that has none. A filter's second result of line 7 is FILE:7:2. */
static int
make_up_id(struct split *s)
{
	const struct source_record *r = s->source;

	if (!utf8_is_valid(slice_of(r->file))) {
		buf_str(&s->reason, "no id, and the name of the file is not UTF-8");
		return -1;
	}
	buf_reset(&s->made_id);
	buf_char(&s->made_id, '"');
	json_escape(&s->made_id, slice_of(r->file));
	if (!s->rules.id_is_file)
		add_number(&s->made_id, r->in.line);
	if (s->results > 1)
		add_number(&s->made_id, s->results);
	buf_char(&s->made_id, '"');
	s->id = buf_view(&s->made_id);
	return 0;
}

/* What --id gives, or the id that is there, or one made up: s->id. */
static int
find_id(struct split *s, const struct split_parts *parts)
{
	struct json_value id = parts->values[ID];

	if (s->rules.id) {
		buf_str(&s->reason, "--id: ");
		if (expression_get(s->rules.id, &parts->whole, parts->values, &id, &s->reason))
			return -1;
		buf_reset(&s->reason);
	}
	if (!s->rules.id && (id.kind == JSON_NONE || id.kind == JSON_NULL))
		return make_up_id(s);
	if (id.kind != JSON_STRING && id.kind != JSON_NUMBER)
		return reject_kind(s, s->rules.id ? "--id" : "id", id.kind, "a string or a number");
	s->id = json_raw(&id);
	return 0;
}

/* An object that was made of the record, taken apart. */
static struct split_parts *
parts_of(const struct split *s, const struct buf *object, struct split_parts *parts)
{
	struct json_error ignored;

	json_scan_members(NULL, buf_view(object), s->wants.items, s->wants.count, parts->values,
	    &parts->whole, &ignored);
	return parts;
}

/* A template that needs the whole record sees it with its id. */
static struct split_parts *
with_id(struct split *s, struct split_parts *parts, struct slice id)
{
	const struct json_value *old = &parts->values[ID];

	if (!s->needs_all || slice_equal(json_raw(old), id))
		return parts;
	buf_reset(&s->object);
	object_set(&s->object, &parts->whole, &(struct object_member){"id", id}, old, 1);
	return parts_of(s, &s->object, &s->of_object);
}

/* A request comes out: the object with its id, its prompt and what it asks for. */
static int
give_request(struct split *s, struct split_parts *parts, struct slice id)
{
	struct json_value *values = parts->values;
	struct object_member members[3] = {0};
	struct json_value old[3] = {0};
	size_t count = 0;

	if (!slice_equal(json_raw(&values[ID]), id)) {
		old[count] = values[ID];
		members[count++] = (struct object_member){"id", id};
		values[ID] = json_of(id, *id.p == '"' ? JSON_STRING : JSON_NUMBER);
	}
	if (s->rules.template) {
		buf_reset(&s->prompt);
		if (template_render(
			s->rules.template, &parts->whole, values, &s->prompt, &s->reason))
			return -1;
		old[count] = values[PROMPT];
		members[count++] = (struct object_member){"prompt", buf_view(&s->prompt)};
	}
	if (s->rules.ask.n) {
		old[count] = values[ASK];
		members[count] = (struct object_member){"ask", {0}};
		if (ask_merge(
			s->rules.ask, &values[ASK], &s->ask, &members[count++].value, &s->reason))
			return -1;
	}
	if (s->requests++)
		buf_char(s->out, '\n');
	object_set(s->out, &parts->whole, members, old, count);
	return 0;
}

/* The text without its JSON, in s->text; the object without its text, in s->object. */
static int
take_text(struct split *s, const struct split_parts *parts)
{
	const struct json_value *text = &parts->values[s->field];
	struct object_member members[] = {
	    {"id", s->id}, {s->rules.field, SLICE("\"\"")}, {"split", SLICE("{}")}};
	struct json_value old[] = {parts->values[ID], *text, parts->values[SPLIT]};

	if (text->kind != JSON_STRING)
		return reject_kind(
		    s, s->rules.field, text->kind, "a string for --chunk (see --field)");
	buf_reset(&s->text);
	if (json_unescape(&s->text, json_inside(text)))
		s->warnings |= SPLIT_LONE_SURROGATE;
	buf_reset(&s->object);
	object_set(&s->object, &parts->whole, members, old, 3);
	return 0;
}

/* An id that was made up names the file itself. */
static bool
needs_file(const struct split *s)
{
	const char *file = s->source->file;

	return s->id.p != s->made_id.data && strcmp(file, "-") != 0 &&
	       utf8_is_valid(slice_of(file));
}

/* The members of the n-th piece that are its own (gem-record(5)). */
static void
write_piece(struct split *s, const struct chunk *c, size_t n, size_t of)
{
	const char *id = s->id.p;
	int length = (int)s->id.n, quotes = *id == '"';

	buf_reset(&s->piece_id);
	buf_printf(&s->piece_id, "\"%.*s#%zu\"", length - 2 * quotes, id + quotes, n);
	buf_reset(&s->piece_text);
	json_quote(
	    &s->piece_text, (struct slice){buf_view(&s->text).p + c->start, c->end - c->start});
	buf_reset(&s->place);
	buf_printf(&s->place,
	    "{\"n\":%zu,\"of\":%zu,\"start\":%zu,\"end\":%zu,\"overlap\":%zu,\"doc\":%.*s,"
	    "\"line\":%" PRIu64,
	    n, of, c->start, c->end, c->overlap, length, id, s->source->in.line);
	if (s->results > 1)
		buf_printf(&s->place, ",\"result\":%zu", s->results);
	if (needs_file(s)) {
		buf_str(&s->place, ",\"file\":");
		json_quote(&s->place, slice_of(s->source->file));
	}
	buf_char(&s->place, '}');
}

/* The n-th piece: the object with the members that are its own. */
static int
give_piece(
    struct split *s, const struct split_parts *parts, const struct chunk *c, size_t n, size_t of)
{
	struct object_member members[] = {{"id", {0}}, {s->rules.field, {0}}, {"split", {0}}};
	struct json_value old[] = {
	    parts->values[ID], parts->values[s->field], parts->values[SPLIT]};

	write_piece(s, c, n, of);
	members[0].value = buf_view(&s->piece_id);
	members[1].value = buf_view(&s->piece_text);
	members[2].value = buf_view(&s->place);
	buf_reset(&s->piece);
	object_set(&s->piece, &parts->whole, members, old, 3);
	return give_request(s, parts_of(s, &s->piece, &s->of_piece), buf_view(&s->piece_id));
}

/* s->object is the record without its text. */
static int
give_pieces(struct split *s)
{
	struct chunker chunker;
	struct chunk chunk;
	const struct split_parts *object = parts_of(s, &s->object, &s->of_object);
	size_t of;

	chunker_init(&chunker, buf_view(&s->text), s->rules.chunk, s->rules.overlap);
	of = chunker_count(&chunker);
	for (size_t n = 0; chunker_next(&chunker, &chunk); n++) {
		if (give_piece(s, object, &chunk, n, of))
			return -1;
	}
	return 0;
}

/* A JSON string is a prompt, as in gem-call. */
static int
wrap_string(struct split *s, struct split_parts *parts)
{
	buf_reset(&s->wrapped);
	buf_str(&s->wrapped, "{\"prompt\":");
	buf_slice(&s->wrapped, json_raw(&parts->whole));
	buf_char(&s->wrapped, '}');
	return take_apart(s, buf_view(&s->wrapped), parts);
}

/* One record behind the filter. */
static int
give(struct split *s, struct split_parts *parts)
{
	s->results++;
	if (parts->whole.kind == JSON_STRING && wrap_string(s, parts))
		return -1;
	if (parts->whole.kind != JSON_OBJECT) {
		buf_printf(&s->reason, "not an object: %s", json_kind_name(parts->whole.kind));
		return -1;
	}
	if (find_id(s, parts))
		return -1;
	if (!s->rules.chunk)
		return give_request(s, with_id(s, parts, s->id), s->id);
	if (parts->values[SPLIT].kind != JSON_NONE)
		s->warnings |= SPLIT_AGAIN;
	return take_text(s, parts) ? -1 : give_pieces(s);
}

static bool
give_result(void *context, struct slice result)
{
	struct split *s = context;
	struct split_parts *parts = &s->of_record;

	s->failed = take_apart(s, result, parts) || give(s, parts);
	return !s->failed;
}

static int
run_filter(struct split *s, const struct json_value *whole)
{
	struct buf why = {0};
	int status = jq_run(s->rules.filter, whole, give_result, s, &why);

	if (status)
		buf_printf(&s->reason, "--filter: %s", buf_view(&why).p);
	buf_free(&why);
	if (status || s->failed)
		return -1;
	return s->requests > 0;
}

int
split_record(struct split *s, struct source_record *r)
{
	struct split_parts *parts = &s->of_record;

	s->source = r;
	s->results = s->requests = 0;
	s->failed = false;
	buf_reset(&s->reason);
	if (take_apart(s, r->json, parts))
		return -1;
	if (s->rules.filter)
		return run_filter(s, &parts->whole);
	return give(s, parts) ? -1 : 1;
}
