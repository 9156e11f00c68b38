// SPDX-License-Identifier: MIT
/* outcome_parse: which shape a result line has, and what is read of it. */
#include "record/outcome.h"
#include "json.h"
#include "tap.h"

static struct outcome
parse(const char *line)
{
	struct json_error error;
	struct outcome o;

	if (outcome_parse(&o, text_of(line), &error))
		ok(false, "%s: %s at %zu", line, error.reason, error.offset);
	return o;
}

static struct slice
bytes(struct json_value v)
{
	return (struct slice){v.p, v.n};
}

static void
rejects(const char *line, const char *reason, size_t offset)
{
	struct json_error error;
	struct outcome o;
	bool refused = outcome_parse(&o, text_of(line), &error) != 0;

	ok(refused && error.offset == offset, "refused: %s", line);
	is_str(slice_of(refused ? error.reason : ""), reason, "with the reason");
}

static void
native(void)
{
	struct outcome o = parse("{\"id\":1.50,\"response\":\"a\\u00e9\",\"success\":true,"
				 "\"call\":{\"seq\":17},\"split\":{\"n\":0}}");

	is_str(bytes(o.id), "1.50", "a number as id keeps its bytes");
	is_str(bytes(o.response), "\"a\\u00e9\"", "the response is a raw slice");
	ok(!outcome_failed(&o) && o.seq == 17, "a success with its seq");
	ok(o.split.kind == JSON_OBJECT && !o.batch_key.p, "a piece, and no batch line");
	o = parse("{\"id\":\"x\",\"error\":\"no\",\"response\":\"par\",\"success\":false}");
	ok(outcome_failed(&o) && o.seq == RECORD_NO_SEQ, "a failure without a seq");
	is_str(bytes(o.error), "\"no\"", "its error");
	is_str(bytes(o.response), "\"par\"", "its partial text");
	o = parse("{\"prompt\":\"x\"}");
	ok(!outcome_failed(&o) && o.success.kind == JSON_NONE, "a record that nobody has called");
	o = parse("{\"call\":{\"seq\":1.5}}");
	ok(o.seq == RECORD_NO_SEQ, "a seq with a fraction is none");
	o = parse("{\"call\":{\"seq\":1e3}}");
	ok(o.seq == RECORD_NO_SEQ, "a seq with an exponent is none");
	o = parse("{\"id\":[1],\"call\":{\"seq\":-1},\"success\":\"yes\",\"split\":3}");
	ok(o.id.kind == JSON_NONE && o.seq == RECORD_NO_SEQ && o.success.kind == JSON_NONE &&
		o.split.kind == JSON_NONE,
	    "members of another kind count as absent");
	o = parse("{\"success\":false,\"success\":true}");
	ok(!outcome_failed(&o) && o.duplicate, "a member that stands twice counts the last time");
}

static void
batch(void)
{
	is_str(parse("{\"response\":{},\"key\":\"k\"}").batch_key, "\"k\"", "a batch's answer");
	is_str(parse("{\"key\":7,\"error\":{\"code\":1}}").batch_key, "7", "a batch's error");
	is_str(parse("{\"response\":{}}").batch_key, "null", "an answer of a record without an id");
	ok(!parse("{\"response\":{},\"other\":1}").batch_key.p, "somebody else's record");
	ok(!parse("{\"key\":1,\"response\":\"text\"}").batch_key.p, "a text is no batch's answer");
	ok(!parse("{\"key\":1,\"error\":{},\"success\":false}").batch_key.p,
	    "what says success is no batch line");
}

static void
names(void)
{
	struct outcome o = parse("{\"id\":\"a b\"}");
	struct buf name = {0};

	outcome_name(&o, 3, &name);
	is_str(buf_view(&name), "\"a b\"", "a record is named by its id");
	buf_reset(&name);
	o = parse("{}");
	outcome_name(&o, 3, &name);
	is_str(buf_view(&name), "record 3", "or by its number");
	buf_free(&name);
}

int
main(void)
{
	native();
	batch();
	names();
	rejects("[1]", "not an object", 0);
	rejects("{\"a\":}", "not a JSON value", 5);
	return tap_done();
}
