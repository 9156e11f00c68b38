// SPDX-License-Identifier: MIT
/* Written member by member into one buffer; json_name puts the commas. */
#include "record/result.h"

#include "record/object.h"
#include "text/json_string.h"
#include "text/json_text.h"

static void
text(struct buf *out, const char *name, struct slice value)
{
	if (value.p && value.n)
		json_field(out, name, value);
}

/* What came as the inside of a string goes out as it came. */
static void
inside(struct buf *out, const char *name, struct slice value)
{
	if (!value.p)
		return;
	json_name(out, name);
	buf_char(out, '"');
	buf_slice(out, value);
	buf_char(out, '"');
}

static void
raw(struct buf *out, const char *name, struct slice value)
{
	json_name(out, name);
	buf_slice(out, value);
}

void
result_usage(struct buf *out, const char *name, const struct usage *u)
{
	raw(out, name, SLICE("{"));
	json_number(out, "in", u->in);
	json_number(out, "out", u->out);
	json_number(out, "think", u->think);
	json_number(out, "cached", u->cached);
	buf_char(out, '}');
}

static void
write_times(struct buf *out, const struct call_facts *c)
{
	raw(out, "ms", SLICE("{"));
	json_number(out, "wait", c->wait_ms);
	if (c->first_ms >= 0)
		json_number(out, "first", c->first_ms);
	json_number(out, "total", c->total_ms);
	buf_char(out, '}');
}

static void
write_call(struct buf *out, uint64_t seq, const struct answer *a, const struct call_facts *c)
{
	if (c->stored.p) {
		raw(out, "call", c->stored);
		return;
	}
	raw(out, "call", SLICE("{"));
	inside(out, "model", a->model);
	if (a->facts.status)
		json_number(out, "status", a->facts.status);
	inside(out, "finish", a->finish);
	if (c->has_usage)
		result_usage(out, "usage", &c->usage);
	if (c->class != CLASS_OK)
		text(out, "class", slice_of(class_name(c->class)));
	inside(out, "code", a->code);
	if (c->class != CLASS_OK && a->facts.hint_ms >= 0)
		json_number(out, "retry_after_ms", a->facts.hint_ms);
	if (c->maybe_billed)
		raw(out, "maybe_billed", SLICE("true"));
	json_number(out, "attempts", c->attempts);
	if (c->attempts)
		write_times(out, c);
	text(out, "at", slice_of(c->at));
	if (seq != RECORD_NO_SEQ)
		json_number(out, "seq", (int64_t)seq);
	text(out, "fp", slice_of(c->fp));
	buf_char(out, '}');
}

/* The three words of the tutorial. Partial text of a failed answer stays. */
static void
write_outcome(struct buf *out, const struct answer *a, bool ok, bool with_partial)
{
	if (ok || (with_partial && a->has_text))
		inside(out, "response", buf_view(&a->text));
	if (!ok)
		json_field(out, "error", buf_view(&a->message));
	raw(out, "success", ok ? SLICE("true") : SLICE("false"));
}

/* The input's members as they came, without those that we write; the object stays open. */
static void
write_members(struct buf *out, const struct record *r)
{
	static const struct object_member ours[] = {RESULT_MEMBERS};

	object_edit_open(out, &r->whole, ours, r->replaces ? sizeof ours / sizeof *ours : 0);
}

static void
write_prompt(struct buf *out, const struct record *r)
{
	if (r->prompt.kind == JSON_NONE)
		raw(out, "prompt", SLICE("null"));
	else
		raw(out, "prompt", json_raw(&r->prompt));
}

static void
write_native(
    struct buf *out, const struct record *r, const struct answer *a, const struct call_facts *c)
{
	struct json_value has_prompt = json_get(&r->whole, "prompt");
	bool request = r->dialect == DIALECT_BATCH || r->dialect == DIALECT_REQUEST;

	if (r->whole.kind == JSON_OBJECT)
		write_members(out, r);
	else
		buf_char(out, '{');
	if (has_prompt.kind == JSON_NONE && !request &&
	    (r->problem || r->dialect == DIALECT_STRING))
		write_prompt(out, r);
	write_outcome(out, a, c->class == CLASS_OK, true);
	write_call(out, r->seq, a, c);
	buf_char(out, '}');
}

static void
write_seed(struct buf *out, const struct record *r, const struct answer *a, bool ok)
{
	buf_char(out, '{');
	write_prompt(out, r);
	write_outcome(out, a, ok, false);
	buf_char(out, '}');
}

static void
write_gemini(struct buf *out, const struct record *r, const struct answer *a)
{
	struct json_value reply = json_of(a->body, JSON_OBJECT);
	bool answered = a->body.p && a->facts.content != CONTENT_JUNK;

	buf_char(out, '{');
	if (r->id.kind != JSON_NONE)
		raw(out, "key", json_raw(&r->id));
	if (answered) {
		json_name(out, "response");
		json_compact(out, &reply);
	} else {
		raw(out, "error", SLICE("{"));
		json_number(out, "code", a->facts.status);
		json_field(out, "message", buf_view(&a->message));
		inside(out, "status", a->code);
		buf_char(out, '}');
	}
	buf_char(out, '}');
}

void
result_write(struct buf *out, enum emit emit, const struct record *record,
    const struct answer *answer, const struct call_facts *call)
{
	bool ok = call->class == CLASS_OK;

	switch (emit) {
	case EMIT_NATIVE: write_native(out, record, answer, call); break;
	case EMIT_SEED: write_seed(out, record, answer, ok); break;
	case EMIT_GEMINI: write_gemini(out, record, answer); break;
	}
}
