// SPDX-License-Identifier: MIT
/*
 * A batch line is read as if its reply had just come over the wire, so that one
 * reader (gemini_reply.c) says what counts as a success.
 */
#include "api/batch.h"

#include "api/gemini.h"
#include "record/object.h"
#include "record/result.h"

/* The call's part that the line tells: the reply's object, as if it had just come. */
static void
reply_of(const struct outcome *o, struct reply *reply)
{
	struct json_value response = json_get(&o->whole, "response");
	struct json_value error = json_get(&o->whole, "error");

	reply_reset(reply);
	reply->wire = WIRE_ANSWERED;
	reply->status = 200;
	if (response.kind == JSON_OBJECT) {
		buf_slice(&reply->body, json_raw(&response));
		return;
	}
	buf_str(&reply->body, "{\"error\":");
	buf_slice(&reply->body, json_raw(&error));
	buf_char(&reply->body, '}');
}

/* The line as the record that was called: its own fields, with the key as the id. */
static void
record_of(const struct outcome *o, struct record *record)
{
	const struct object_member members[] = {
	    {"id", o->batch_key}, {"key", {0}}, {"response", {0}}, {"error", {0}}};
	struct buf line = {0};

	object_edit(&line, &o->whole, members, sizeof members / sizeof *members);
	record_parse(record, line.data, line.len);
	record->problem = NULL; /* that it has no prompt */
	record->seq = RECORD_NO_SEQ;
	buf_free(&line);
}

static void
write_native(const struct outcome *o, struct buf *out)
{
	struct record record = {0};
	struct request request = {0};
	struct reply reply = {0};
	struct answer answer = {0};
	struct call_facts facts;

	record_of(o, &record);
	reply_of(o, &reply);
	gemini_read(&request, &reply, &answer);
	facts = (struct call_facts){.class = verdict_of(&answer.facts).class,
	    .first_ms = -1,
	    .has_usage = answer.has_usage,
	    .usage = answer.usage};
	result_write(out, EMIT_NATIVE, &record, &answer, &facts);
	record_free(&record);
	reply_free(&reply);
	answer_free(&answer);
}

int
batch_read(struct batch_reader *r, struct outcome *o, struct slice line, struct json_error *error)
{
	bool duplicate;

	if (outcome_parse_next(&r->names, o, line, error))
		return -1;
	if (!o->batch_key.p)
		return 0;
	duplicate = o->duplicate;
	buf_reset(&r->native);
	write_native(o, &r->native);
	if (outcome_parse(o, buf_view(&r->native), error))
		return -1;
	o->duplicate = duplicate;
	return 0;
}

void
batch_reader_free(struct batch_reader *r)
{
	buf_free(&r->native);
}
