// SPDX-License-Identifier: MIT
/* The bodies of successes, whole or in the frames of a stream. */
#include "sim/reply.h"

#include <inttypes.h>
#include <string.h>

#include "sim/talk.h"
#include "text/json_string.h"
#include "text/utf8.h"

/* A stream's answer comes in chunks of whole words, of so many bytes at least and at most. */
#define CHUNK_BYTES 24
#define CHUNK_MOST_BYTES 40

/* Into how many chunks #sim:len is cut. */
#define CHUNKS_MOST 32

/* Above the 64 KiB that readers of lines like to assume. */
#define BIG_FRAME_BYTES 70000

#define THOUGHT "The simulator thinks about it."
#define RATINGS \
	"\"safetyRatings\":[{\"category\":\"HARM_CATEGORY_DANGEROUS_CONTENT\"," \
	"\"probability\":\"HIGH\",\"blocked\":true}]"

/* What a candidate of a shape has that is not usual. */
static const struct script {
	const char *finish; /* NULL: STOP; empty: none */
	enum { ALL, HALF, NOTHING } text;
	bool thought;        /* a part with thought:true comes first */
	bool thought_tokens; /* thinking is counted, shown or not */
} scripts[SIM_SHAPES] = {
    [SIM_BLOCK] = {.text = NOTHING},
    [SIM_SAFETY] = {.finish = "SAFETY", .text = NOTHING},
    [SIM_MAXTOKENS] = {.finish = "MAX_TOKENS", .text = HALF},
    [SIM_THINK] = {.text = NOTHING, .thought = true, .thought_tokens = true},
    [SIM_BUDGET] = {.finish = "MAX_TOKENS", .text = NOTHING, .thought_tokens = true},
    [SIM_MULTIPART] = {.thought = true, .thought_tokens = true},
    [SIM_MALFORMED] = {.finish = "MALFORMED_FUNCTION_CALL", .text = NOTHING},
    [SIM_NOCAND] = {.text = NOTHING},
    [SIM_NOFINISH] = {.finish = ""},
    [SIM_FINISH] = {.text = NOTHING},
};

/* One GenerateContentResponse in the making: an answer's only one, or a chunk. */
struct chunk {
	struct slice text; /* of this chunk; absent: no text part */
	bool thought;
	bool last;
	size_t text_bytes; /* so far, for the running total of tokens */
};

struct writer {
	struct sim_answer *answer;
	const struct sim_ask *ask;
	const struct sim_plan *plan;
	const struct sim_model *model;
	const struct script *script;
	const char *finish;
	uint64_t id;
};

static void
count_field(struct buf *out, const char *name, int64_t value)
{
	if (value)
		json_number(out, name, value);
}

static void
token_details(struct buf *out, const char *name, int64_t tokens)
{
	if (!tokens)
		return;
	json_name(out, name);
	buf_printf(out, "[{\"modality\":\"TEXT\",\"tokenCount\":%" PRId64 "}]", tokens);
}

static void
usage(struct buf *out, const struct writer *w, const struct chunk *c)
{
	int64_t in = w->ask->input_tokens, said = sim_tokens(c->text_bytes);
	int64_t thought = w->script->thought_tokens ? sim_tokens(strlen(THOUGHT)) : 0;

	json_name(out, "usageMetadata");
	buf_char(out, '{');
	count_field(out, "promptTokenCount", in);
	count_field(out, "candidatesTokenCount", said);
	count_field(out, "totalTokenCount", in + said + thought);
	token_details(out, "promptTokensDetails", in);
	count_field(out, "thoughtsTokenCount", thought);
	json_field(out, "serviceTier", SLICE("standard"));
	buf_char(out, '}');
}

static void
text_part(struct buf *out, const struct writer *w, const struct chunk *c, struct slice text)
{
	buf_str(out, "{\"text\":\"");
	json_escape(out, text);
	if (c->last && w->plan->shape == SIM_SURROGATE)
		buf_str(out, "\\ud83d");
	if (c->last && w->plan->shape == SIM_BADUTF8)
		buf_str(out, "\xff\xfe");
	buf_char(out, '"');
	if (c->last && w->plan->shape == SIM_BIGFRAME) {
		json_name(out, "thoughtSignature");
		buf_char(out, '"');
		for (size_t i = 0; i < BIG_FRAME_BYTES; i += 4)
			buf_str(out, "c2ln");
		buf_char(out, '"');
	}
	buf_char(out, '}');
}

static void
parts(struct buf *out, const struct writer *w, const struct chunk *c)
{
	struct slice text = c->text;
	size_t first = text.n ? utf8_length(text.p, text.p + text.n) : 0;

	buf_str(out, "\"parts\":[");
	if (c->thought)
		buf_str(out, "{\"text\":\"" THOUGHT "\",\"thought\":true}");
	if (c->thought && text.p)
		buf_char(out, ',');
	if (text.p && w->plan->shape == SIM_MULTIPART && c->last && text.n > first) {
		text_part(out, w, c, (struct slice){text.p, first});
		buf_str(out, ",{\"executableCode\":{\"language\":\"PYTHON\",\"code\":\"1\"}},");
		text = (struct slice){text.p + first, text.n - first};
	}
	if (text.p)
		text_part(out, w, c, text);
	buf_str(out, "],");
}

static void
candidates(struct buf *out, const struct writer *w, const struct chunk *c)
{
	json_name(out, "candidates");
	buf_str(out, "[{\"content\":{");
	if (w->plan->shape != SIM_SAFETY) {
		if (c->text.p || c->thought)
			parts(out, w, c);
		buf_str(out, "\"role\":\"model\"");
	}
	buf_char(out, '}');
	if (c->last && *w->finish)
		json_field(out, "finishReason", slice_of(w->finish));
	buf_str(out, w->plan->shape == SIM_SAFETY ? "," RATINGS "}]" : ",\"index\":0}]");
}

static void
response(struct writer *w, const struct chunk *c)
{
	struct buf *out = &w->answer->body;
	enum sim_shape shape = w->plan->shape;

	buf_char(out, '{');
	if (shape == SIM_REORDER)
		usage(out, w, c);
	if (shape == SIM_BLOCK)
		buf_str(out, "\"promptFeedback\":{\"blockReason\":\"SAFETY\"," RATINGS "}");
	else if (shape != SIM_NOCAND)
		candidates(out, w, c);
	if (shape == SIM_DUPKEY)
		candidates(out, w, c);
	if (shape != SIM_REORDER)
		usage(out, w, c);
	json_field(out, "modelVersion", slice_of(w->model->served));
	json_name(out, "responseId");
	buf_printf(out, "\"%016" PRIx64 "\"}", w->id);
	if (shape == SIM_TWOJSON && c->last)
		buf_str(out, "{\"candidates\":[]}");
	sim_answer_piece(w->answer);
}

/* The length of the next chunk of a stream: to the end of a word. */
static size_t
chunk_length(struct slice rest, size_t least)
{
	size_t n = least;

	while (n < rest.n && rest.p[n - 1] != ' ')
		n++;
	return n < rest.n ? n : rest.n;
}

static void
write_chunks(struct writer *w, struct slice text)
{
	size_t even = w->plan->length ? text.n / CHUNKS_MOST : 0;
	size_t least = even > CHUNK_BYTES ? even : CHUNK_BYTES;
	struct chunk c = {.thought = w->script->thought};

	if (c.thought && text.p)
		response(w, &c);
	c.thought = c.thought && !text.p;
	do {
		size_t n = chunk_length(text, least);

		c.text = (struct slice){text.p, n};
		c.text_bytes += n;
		text = (struct slice){text.p ? text.p + n : NULL, text.n - n};
		c.last = text.n == 0;
		response(w, &c);
	} while (!c.last);
}

/* Cuts the text to what maxOutputTokens lets through, on a character's boundary. */
static bool
cut_to(struct slice *text, size_t bytes)
{
	if (text->n <= bytes)
		return false;
	while (bytes && ((unsigned char)text->p[bytes] & 0xc0) == 0x80)
		bytes--;
	text->n = bytes;
	return true;
}

/* A body that is not JSON at all, or not the answer's. */
static bool
other_body(struct sim_answer *a, const struct sim_plan *plan)
{
	if (plan->shape == SIM_HTML) {
		a->type = SIM_TYPE_HTML;
		buf_str(&a->body, "<!DOCTYPE html>\n<title>Sign in to the network</title>\n");
	} else if (plan->shape == SIM_REDIRECT) {
		a->status = 307;
		a->type = SIM_TYPE_HTML;
		buf_str(&a->body, "<!DOCTYPE html>\n<title>307 Temporary Redirect</title>\n");
	} else {
		return false;
	}
	sim_answer_piece(a);
	return true;
}

static void
say(const struct sim_ask *ask, const struct sim_plan *plan, struct buf *text)
{
	struct buf prompt = {0};

	if (plan->shape == SIM_EMPTY)
		return;
	if (plan->echo.p) {
		buf_slice(text, plan->echo);
		return;
	}
	if (plan->length) {
		sim_talk_long((size_t)plan->length, text);
		return;
	}
	sim_plan_strip(buf_view(&ask->prompt), &prompt);
	sim_talk(buf_view(&prompt), text);
	buf_free(&prompt);
}

void
sim_reply_generate(struct sim_answer *a, const struct sim_ask *ask, const struct sim_plan *plan,
    const struct sim_model *model, uint64_t id, bool stream)
{
	const struct script *script = &scripts[plan->shape];
	struct writer w = {
	    a, ask, plan, model, script, script->finish ? script->finish : "STOP", id};
	struct buf said = {0};
	struct slice text;

	a->status = 200;
	if (other_body(a, plan))
		return;
	if (plan->shape == SIM_FINISH)
		w.finish = plan->finish;
	say(ask, plan, &said);
	if (stream && plan->breaks) /* there must be something to break off */
		sim_talk_long(((size_t)plan->after + 2) * CHUNK_MOST_BYTES, &said);
	text = buf_view(&said);
	if (script->text == HALF)
		cut_to(&text, text.n / 2);
	if (script->text == NOTHING)
		text = (struct slice){0};
	else if (ask->max_tokens && cut_to(&text, (size_t)ask->max_tokens * SIM_BYTES_PER_TOKEN))
		w.finish = "MAX_TOKENS";
	if (stream)
		write_chunks(&w, text);
	else
		response(&w, &(struct chunk){text, script->thought, true, text.n});
	buf_free(&said);
}

void
sim_reply_count(struct sim_answer *a, const struct sim_ask *ask)
{
	a->status = 200;
	buf_char(&a->body, '{');
	count_field(&a->body, "totalTokens", ask->input_tokens);
	token_details(&a->body, "promptTokensDetails", ask->input_tokens);
	buf_char(&a->body, '}');
	sim_answer_piece(a);
}
