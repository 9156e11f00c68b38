// SPDX-License-Identifier: MIT
/* One scan for the members that count; the rest is not looked at. */
#include "record/outcome.h"

#include <inttypes.h>

enum wanted { ID, KEY, RESPONSE, SUCCESS, ERROR, CALL, SPLIT, SEQ, WANTED };

static const struct json_want wants[WANTED] = {[ID] = JSON_WANT("id"),
    [KEY] = JSON_WANT("key"),
    [RESPONSE] = JSON_WANT("response"),
    [SUCCESS] = JSON_WANT("success"),
    [ERROR] = JSON_WANT("error"),
    [CALL] = JSON_WANT("call"),
    [SPLIT] = JSON_WANT("split"),
    [SEQ] = JSON_WANT_IN("seq", 1 + CALL)};

static struct json_value
of_kind(struct json_value v, enum json_kind kind)
{
	return v.kind == kind ? v : (struct json_value){0};
}

/*
 * {"key","response":{}} or {"key","error":{}}; gem-call writes no key for a
 * record that had no id. Anything with more in it is somebody else's.
 */
static struct slice
batch_key(const struct json_value *whole, const struct json_value *v)
{
	bool answer = v[RESPONSE].kind == JSON_OBJECT || v[ERROR].kind == JSON_OBJECT;

	if (!answer || v[SUCCESS].kind != JSON_NONE)
		return (struct slice){0};
	if (v[KEY].kind != JSON_NONE)
		return json_raw(&v[KEY]);
	return json_count(whole) == 1 ? SLICE("null") : (struct slice){0};
}

int
outcome_parse(struct outcome *o, struct slice line, struct json_error *error)
{
	return outcome_parse_next(NULL, o, line, error);
}

int
outcome_parse_next(
    struct json_names *names, struct outcome *o, struct slice line, struct json_error *error)
{
	struct json_value v[WANTED];
	int64_t seq;

	*o = (struct outcome){.seq = RECORD_NO_SEQ};
	if (json_scan_members(names, line, wants, WANTED, v, &o->whole, error))
		return -1;
	if (o->whole.kind != JSON_OBJECT) {
		*error = (struct json_error){0, "not an object"};
		return -1;
	}
	o->id = v[ID].kind == JSON_STRING ? v[ID] : of_kind(v[ID], JSON_NUMBER);
	o->response = of_kind(v[RESPONSE], JSON_STRING);
	o->error = of_kind(v[ERROR], JSON_STRING);
	o->call = of_kind(v[CALL], JSON_OBJECT);
	o->split = of_kind(v[SPLIT], JSON_OBJECT);
	if (v[SUCCESS].kind == JSON_TRUE || v[SUCCESS].kind == JSON_FALSE)
		o->success = v[SUCCESS];
	o->batch_key = batch_key(&o->whole, v);
	seq = json_natural(&v[SEQ]);
	o->seq = seq < 0 ? RECORD_NO_SEQ : (uint64_t)seq;
	o->duplicate = o->whole.flags & JSON_DUPLICATE;
	return 0;
}

void
outcome_move(struct outcome *o, const char *to)
{
	const char **all[] = {&o->whole.p, &o->id.p, &o->response.p, &o->success.p, &o->error.p,
	    &o->call.p, &o->split.p, &o->batch_key.p};
	const char *from = o->whole.p, *end = from + o->whole.n;

	/* what is absent, or stands for it, is no part of the line */
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (*all[i] >= from && *all[i] < end)
			*all[i] += to - from;
	}
}

bool
outcome_failed(const struct outcome *o)
{
	return o->success.kind == JSON_FALSE;
}

enum call_class
outcome_class(const struct outcome *o)
{
	struct json_value class = json_get(&o->call, "class");
	struct slice name = json_inside(&class);

	return outcome_failed(o) ? class_named(name.p, name.n) : CLASS_OK;
}

void
outcome_name(const struct outcome *o, uint64_t number, struct buf *out)
{
	if (o->id.kind != JSON_NONE)
		buf_slice(out, json_raw(&o->id));
	else
		buf_printf(out, "record %" PRIu64, number);
}
