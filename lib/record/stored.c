// SPDX-License-Identifier: MIT
/* A line is read twice: at the start for its key, and once more when a record takes it. */
#include "record/stored.h"

#include <string.h>

#include "record/object.h"
#include "record/outcome.h"
#include "text/json_string.h"

/* A record without an id is named by its other fields, the prompt apart, and its place. */
static uint64_t
hash_unnamed(const struct json_value *record, uint64_t seq)
{
	static const struct object_member known[] = {{"prompt", {0}}, RESULT_MEMBERS};
	struct buf name = {0};
	uint64_t hash;

	buf_u64(&name, seq);
	if (record->kind == JSON_OBJECT)
		object_edit(&name, record, known, sizeof known / sizeof *known);
	else
		buf_str(&name, "{}");
	hash = hash64(buf_view(&name), JSON_NONE);
	buf_free(&name);
	return hash;
}

static struct journal_key
key_of(struct slice fp, const struct json_value *id, const struct json_value *record, uint64_t seq)
{
	bool named = id->kind == JSON_STRING || id->kind == JSON_NUMBER;
	uint64_t name = named ? hash64((struct slice){id->p, id->n}, id->kind)
			      : hash_unnamed(record, seq);

	return (struct journal_key){{hash64(fp, 0), hash64(fp, 1)}, name, seq};
}

struct journal_key
stored_key(const char fp[HASH_HEX_BYTES], const struct record *record)
{
	struct json_value id = json_get(&record->whole, "id"); /* a batch's key is a field */

	return key_of(slice_of(fp), &id, &record->whole, record->seq);
}

static bool
is_whole(const struct outcome *o)
{
	return outcome_failed(o) ? o->error.kind == JSON_STRING
				 : o->success.kind == JSON_TRUE && o->response.kind == JSON_STRING;
}

static bool
is_fingerprint(const struct json_value *v)
{
	return v->kind == JSON_STRING &&
	       strspn(json_inside(v).p, "0123456789abcdef") == HASH_HEX_BYTES - 1;
}

enum journal_line stored_kind(enum call_class class)
{
	if (class == CLASS_OK)
		return JOURNAL_ANSWER;
	return class_may_pass(class) ? JOURNAL_RETRY : JOURNAL_FAILURE;
}

enum journal_line
stored_read(struct slice line, struct journal_key *key)
{
	struct json_value fp;
	struct json_error error;
	struct outcome o;

	if (outcome_parse(&o, line, &error))
		return JOURNAL_DAMAGED;
	fp = json_get(&o.call, "fp");
	if (!is_whole(&o) || !is_fingerprint(&fp))
		return JOURNAL_OTHER;
	*key = key_of(json_inside(&fp), &o.id, &o.whole, o.seq);
	return stored_kind(outcome_class(&o));
}

/* Where the record stands in today's input is what counts for its order. */
static struct slice
renumber(struct buf *line, const struct json_value *call, uint64_t seq)
{
	struct object_member member = {"seq", {0}};
	struct buf number = {0}, edited = {0};
	size_t at = line->len;

	buf_u64(&number, seq);
	member.value = buf_view(&number);
	object_edit(&edited, call, &member, 1);
	buf_slice(line, buf_view(&edited));
	buf_free(&number);
	buf_free(&edited);
	return (struct slice){line->data + at, line->len - at};
}

bool
stored_answer(struct buf *line, uint64_t seq, struct answer *a, struct call_facts *facts)
{
	struct json_error error;
	struct outcome o;

	answer_reset(a);
	if (outcome_parse(&o, buf_view(line), &error) || !is_whole(&o))
		return false;
	a->has_text = o.response.kind == JSON_STRING;
	buf_slice(&a->text, json_inside(&o.response));
	json_unescape(&a->message, json_inside(&o.error));
	facts->class = outcome_class(&o);
	facts->stored = renumber(line, &o.call, seq);
	return true;
}
