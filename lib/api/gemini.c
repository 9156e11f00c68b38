// SPDX-License-Identifier: MIT
/*
 * The Gemini API over REST, what is sent: models/{model}:generateContent, after
 * the protocol buffers of google.ai.generativelanguage v1beta.
 */
#include "api/gemini.h"

#include <ctype.h>
#include <string.h>

#include "record/object.h"
#include "record/result.h"
#include "text/json_merge.h"
#include "text/json_string.h"

/* What the models give at most, unless a request asks for less. */
#define OUTPUT_TOKENS_MOST 65536
#define CANDIDATES_MOST 8

typedef void merger(struct buf *, const struct json_value *, const struct json_value *);

bool
api_model_is_sane(struct slice model)
{
	if (!model.n || slice_find(model, ".."))
		return false;
	for (size_t i = 0; i < model.n; i++) {
		if (!isalnum((unsigned char)model.p[i]) && !strchr("._-/", model.p[i]))
			return false;
	}
	return true;
}

/* models/x and tunedModels/x stay as they are; x becomes models/x. */
static int
build_path(
    const struct api_defaults *d, const struct record *r, struct request *out, const char **reason)
{
	struct slice model;
	bool folder;

	buf_reset(&out->model);
	out->own_model = r->ask.model.kind == JSON_NONE;
	if (out->own_model)
		buf_str(&out->model, d->model);
	else
		json_unescape(&out->model, json_inside(&r->ask.model));
	model = buf_view(&out->model);
	if (!api_model_is_sane(model)) {
		*reason = model.n ? "the model's name has a character that no model has"
				  : "the model's name is empty";
		return -1;
	}
	folder = slice_starts(model, "models/") || slice_starts(model, "tunedModels/");
	buf_reset(&out->path);
	buf_printf(&out->path, "/%s/%s%s:generateContent", d->version, folder ? "" : "models/",
	    out->model.data);
	if (slice_starts(model, "models/"))
		buf_drop(&out->model, strlen("models/"));
	return 0;
}

/* `system` is a JSON string with its quotes, `config` an object; either may be absent. */
static void
add_settings(struct buf *out, struct slice system, struct slice config)
{
	if (system.p) {
		json_name(out, "systemInstruction");
		buf_str(out, "{\"parts\":[{\"text\":");
		buf_slice(out, system);
		buf_str(out, "}]}");
	}
	if (config.p) {
		json_name(out, "generationConfig");
		buf_slice(out, config);
	}
}

/* The request that the record brings along, without fields that are none of the API's business. */
static void
open_request(struct buf *out, const struct record *r)
{
	static const struct object_member fields[] = {{"id", {0}}, {"key", {0}}, {"ask", {0}},
	    {"split", {0}}, {"text", {0}}, {"prompt", {0}}, {"metadata", {0}}, RESULT_MEMBERS};
	bool is_record = r->dialect == DIALECT_REQUEST;

	object_edit_open(out, &r->request, fields, is_record ? sizeof fields / sizeof *fields : 0);
}

/* body := the one object over the other, by json_merge or json_fill. */
static void
put_over(struct buf *body, merger *how, struct slice lower, struct slice upper)
{
	struct json_value a = json_of(lower, JSON_OBJECT), b = json_of(upper, JSON_OBJECT);
	struct buf merged = {0};

	how(&merged, &a, &b);
	buf_swap(body, &merged);
	buf_free(&merged);
}

/* The run's defaults, patched with the prompt and what the record asks for. */
static void
prompt_body(struct slice defaults, const struct record *r, struct buf *body)
{
	buf_str(body, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":");
	buf_slice(body, json_raw(&r->prompt));
	buf_str(body, "}]}]");
	add_settings(body, json_raw(&r->ask.system), json_raw(&r->ask.config));
	buf_char(body, '}');
	if (defaults.n)
		put_over(body, json_merge, defaults, buf_view(body));
}

/* The request that the record brings along, as it is over the defaults; then what it asks for. */
static void
brought_body(struct slice defaults, const struct record *r, struct buf *body)
{
	struct slice system = json_raw(&r->ask.system), config = json_raw(&r->ask.config);
	struct buf settings = {0};

	open_request(body, r);
	buf_char(body, '}');
	if (defaults.n)
		put_over(body, json_fill, defaults, buf_view(body));
	if (system.p || config.p) {
		buf_char(&settings, '{');
		add_settings(&settings, system, config);
		buf_char(&settings, '}');
		put_over(body, json_merge, buf_view(body), buf_view(&settings));
	}
	buf_free(&settings);
}

static void
gemini_base(struct buf *out, const struct buf *system, const struct json_value *config,
    const struct json_value *body)
{
	struct buf quoted = {0};

	if (!system && config->kind == JSON_NONE && body->kind == JSON_NONE)
		return;
	if (system)
		json_quote(&quoted, buf_view(system));
	buf_char(out, '{');
	add_settings(out, system ? buf_view(&quoted) : (struct slice){0}, json_raw(config));
	buf_char(out, '}');
	if (body->kind != JSON_NONE)
		put_over(out, json_merge, buf_view(out), json_raw(body));
	buf_free(&quoted);
}

static int
gemini_build(
    const struct api_defaults *d, const struct record *r, struct request *out, const char **reason)
{
	struct slice defaults = buf_view(&d->base);

	if (build_path(d, r, out, reason))
		return -1;
	buf_reset(&out->body);
	if (r->request.kind == JSON_NONE)
		prompt_body(defaults, r, &out->body);
	else
		brought_body(defaults, r, &out->body);
	if (r->ask.body.kind != JSON_NONE)
		put_over(&out->body, json_merge, buf_view(&out->body), json_raw(&r->ask.body));
	return 0;
}

/* Its thoughts included. */
static int64_t
gemini_most_output(const struct request *q)
{
	struct json_value body = json_of(buf_view(&q->body), JSON_OBJECT);
	struct json_value config = json_get(&body, "generationConfig");
	struct json_value most = json_get(&config, "maxOutputTokens");
	struct json_value candidates = json_get(&config, "candidateCount");
	int64_t n = json_int(&most, 0), times = json_int(&candidates, 1);

	/* what that API does not take bounds nothing, and is no credit either */
	if (n <= 0 || n > INT32_MAX)
		n = OUTPUT_TOKENS_MOST;
	return times > 0 && times <= CANDIDATES_MOST ? n * times : n;
}

const struct api api_gemini = {.key_header = "x-goog-api-key",
    .base = gemini_base,
    .build = gemini_build,
    .most_output = gemini_most_output,
    .read = gemini_read};
