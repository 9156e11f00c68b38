// SPDX-License-Identifier: MIT
/*
 * One scan for all the names that matter, then the shape decides. The first
 * problem found is the one that is told.
 */
#include "record/record.h"

#include <string.h>

enum wanted {
	ID,
	KEY,
	PROMPT,
	TEXT,
	ASK,
	REQUEST,
	CONTENTS,
	RESPONSE,
	SUCCESS,
	ERROR,
	CALL,
	WANTED
};

static const struct json_want wants[WANTED] = {[ID] = JSON_WANT("id"),
    [KEY] = JSON_WANT("key"),
    [PROMPT] = JSON_WANT("prompt"),
    [TEXT] = JSON_WANT("text"),
    [ASK] = JSON_WANT("ask"),
    [REQUEST] = JSON_WANT("request"),
    [CONTENTS] = JSON_WANT("contents"),
    [RESPONSE] = JSON_WANT("response"),
    [SUCCESS] = JSON_WANT("success"),
    [ERROR] = JSON_WANT("error"),
    [CALL] = JSON_WANT("call")};

static void
problem(struct record *r, const char *reason)
{
	if (!r->problem)
		r->problem = reason;
}

static bool
is_absent(const struct json_value *v)
{
	return v->kind == JSON_NONE || v->kind == JSON_NULL;
}

/* One member of `ask`, of the kind that it must have. */
static void
ask_member(struct record *r, const struct json_value *key, const struct json_value *value)
{
	static const struct {
		const char *name;
		enum json_kind kind;
		const char *reason;
	} members[] = {{"model", JSON_STRING, "ask.model is not a string"},
	    {"system", JSON_STRING, "ask.system is not a string"},
	    {"config", JSON_OBJECT, "ask.config is not an object"},
	    {"body", JSON_OBJECT, "ask.body is not an object"}};
	struct json_value *slots[] = {&r->ask.model, &r->ask.system, &r->ask.config, &r->ask.body};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (!json_string_is(key, members[i].name))
			continue;
		if (value->kind == members[i].kind)
			*slots[i] = *value;
		else if (value->kind != JSON_NULL)
			problem(r, members[i].reason);
		return;
	}
	problem(r, "ask has a field that is not model, system, config or body");
}

static void
parse_ask(struct record *r, const struct json_value *ask)
{
	struct json_iter it = json_iter(ask);
	struct json_value key, value;

	if (is_absent(ask))
		return;
	if (ask->kind != JSON_OBJECT) {
		problem(r, "ask is not an object");
		return;
	}
	while (json_next(&it, &key, &value))
		ask_member(r, &key, &value);
}

static void
parse_id(struct record *r, const struct json_value *id, const struct json_value *key)
{
	const struct json_value *v = r->dialect == DIALECT_NATIVE || is_absent(key) ? id : key;

	if (is_absent(v))
		return;
	if (v->kind != JSON_STRING && v->kind != JSON_NUMBER)
		problem(r, "id is neither a string nor a number");
	else
		r->id = *v;
}

/* The prompt or the request that the object brings along, by its shape. */
static void
parse_shape(struct record *r, const struct json_value *v)
{
	if (v[PROMPT].kind == JSON_STRING) {
		r->prompt = v[PROMPT];
	} else if (is_absent(&v[PROMPT]) && v[TEXT].kind == JSON_STRING) {
		r->prompt = v[TEXT];
	} else if (v[REQUEST].kind == JSON_OBJECT) {
		r->dialect = DIALECT_BATCH;
		r->request = v[REQUEST];
	} else if (v[CONTENTS].kind == JSON_ARRAY) {
		r->dialect = DIALECT_REQUEST;
		r->request = r->whole;
	} else if (!is_absent(&v[PROMPT])) {
		problem(r, "prompt is not a string");
	} else if (!is_absent(&v[TEXT])) {
		problem(r, "text is not a string");
	} else {
		problem(r, "no prompt: a record needs a string in 'prompt' or 'text'");
	}
}

static void
parse_object(struct record *r, const struct json_value *v)
{
	r->duplicate = r->whole.flags & JSON_DUPLICATE;
	parse_shape(r, v);
	parse_id(r, &v[ID], &v[KEY]);
	parse_ask(r, &v[ASK]);
	r->replaces = v[RESPONSE].kind || v[SUCCESS].kind || v[ERROR].kind || v[CALL].kind;
}

void
record_parse(struct record *r, const char *line, size_t n)
{
	struct json_value values[WANTED];
	struct json_error error;
	struct buf copy = r->line;

	*r = (struct record){.seq = r->seq, .line = copy};
	buf_reset(&r->line);
	buf_add(&r->line, line, n);
	if (json_scan_members(NULL, buf_view(&r->line), wants, WANTED, values, &r->whole, &error)) {
		r->whole = (struct json_value){0};
		r->problem = error.reason;
		r->column = error.offset + 1;
	} else if (r->whole.kind == JSON_STRING) {
		r->dialect = DIALECT_STRING;
		r->prompt = r->whole;
	} else if (r->whole.kind == JSON_OBJECT) {
		parse_object(r, values);
	} else {
		r->problem = "not an object or a string";
	}
}

void
record_free(struct record *r)
{
	buf_free(&r->line);
	*r = (struct record){0};
}
