// SPDX-License-Identifier: MIT
/* The request's JSON is checked as strictly as the API does it. */
#include "sim/ask.h"

#include <string.h>

#include "text/json_string.h"

/* What an inline image or a file counts for; the service says 258 for a small image. */
#define MEDIA_TOKENS 258

#define EMBED_ITEMS_MAX 100

static const char *const generate_fields[] = {"contents", "systemInstruction", "generationConfig",
    "safetySettings", "tools", "toolConfig", "cachedContent", "serviceTier", "labels", "store",
    "continuationToken", "model", NULL};
static const char *const config_fields[] = {"temperature", "topP", "topK", "candidateCount",
    "maxOutputTokens", "stopSequences", "seed", "presencePenalty", "frequencyPenalty",
    "responseLogprobs", "logprobs", "responseMimeType", "responseSchema", "responseJsonSchema",
    "responseFormat", "responseModalities", "mediaResolution", "speechConfig", "imageConfig",
    "thinkingConfig", "enableEnhancedCivicAnswers", NULL};
static const char *const content_fields[] = {"role", "parts", NULL};
static const char *const part_fields[] = {"text", "inlineData", "fileData", "functionCall",
    "functionResponse", "executableCode", "codeExecutionResult", "toolCall", "toolResponse",
    "thought", "thoughtSignature", "videoMetadata", "mediaResolution", NULL};
static const char *const count_fields[] = {"contents", "generateContentRequest", "model", NULL};
static const char *const embed_fields[] = {
    "model", "content", "taskType", "title", "outputDimensionality", "embedContentConfig", NULL};
static const char *const embed_batch_fields[] = {"model", "requests", NULL};

void
sim_ask_free(struct sim_ask *ask)
{
	buf_free(&ask->prompt);
	buf_free(&ask->system);
	*ask = (struct sim_ask){0};
}

int64_t
sim_tokens(size_t bytes)
{
	return (int64_t)((bytes + SIM_BYTES_PER_TOKEN - 1) / SIM_BYTES_PER_TOKEN);
}

/* Is `key`, in either spelling, the camelCase name? */
static bool
is_name(struct slice key, const char *camel)
{
	size_t i = 0;

	for (; i < key.n && *camel; i++, camel++) {
		char c = key.p[i];

		if (c == '_' && i + 1 < key.n && key.p[i + 1] >= 'a' && key.p[i + 1] <= 'z')
			c = (char)(key.p[++i] - 'a' + 'A');
		if (c != *camel)
			return false;
	}
	return i == key.n && !*camel;
}

struct json_value
sim_ask_get(const struct json_value *object, const char *camel)
{
	struct json_iter it = json_iter(object);
	struct json_value key, value, found = {0};

	if (object->kind != JSON_OBJECT)
		return found;
	while (json_next(&it, &key, &value)) {
		if (value.kind != JSON_NULL && is_name(json_inside(&key), camel))
			found = value;
	}
	return found;
}

/* Every name of the object stands in `names`, else *refusal says which does not. */
static bool
check_names(const struct json_value *object, const char *const *names, const char *where,
    struct sim_answer *refusal)
{
	struct json_iter it = json_iter(object);
	struct json_value key, value;

	if (object->kind != JSON_OBJECT)
		return sim_fault_text(refusal, 400,
		    "Invalid value at '%s', expected an object but found %s.", where,
		    json_kind_name(object->kind));
	while (json_next(&it, &key, &value)) {
		const char *const *name = names;

		while (*name && !is_name(json_inside(&key), *name))
			name++;
		if (!*name)
			return sim_fault_unknown_field(refusal, slice_of(where), json_inside(&key));
	}
	return true;
}

void
sim_ask_text(const struct json_value *content, struct buf *out)
{
	struct json_value parts = sim_ask_get(content, "parts"), key, part;
	struct json_iter it = json_iter(&parts);

	while (json_next(&it, &key, &part)) {
		struct json_value text = sim_ask_get(&part, "text");

		if (text.kind == JSON_STRING)
			json_unescape(out, json_inside(&text));
	}
}

/* Checks a content, counts its tokens, and appends its text. */
static bool
read_content(struct sim_ask *ask, const struct json_value *content, const char *where,
    struct buf *text, struct sim_answer *refusal)
{
	struct json_value parts = sim_ask_get(content, "parts"), key, part;
	struct json_iter it = json_iter(&parts);
	struct buf place = {0};
	bool good = check_names(content, content_fields, where, refusal);
	size_t start = text->len;

	if (good && parts.kind != JSON_NONE && parts.kind != JSON_ARRAY)
		good = sim_fault_text(
		    refusal, 400, "Invalid value at '%s.parts', expected an array.", where);
	for (size_t i = 0; good && json_next(&it, &key, &part); i++) {
		struct json_value said = sim_ask_get(&part, "text");

		buf_reset(&place);
		buf_printf(&place, "%s.parts[%zu]", where, i);
		good = check_names(&part, part_fields, place.data, refusal);
		if (good && said.kind != JSON_NONE && said.kind != JSON_STRING)
			good = sim_fault_text(
			    refusal, 400, "Invalid value at '%s.text' (TYPE_STRING).", place.data);
		if (sim_ask_get(&part, "inlineData").kind || sim_ask_get(&part, "fileData").kind)
			ask->input_tokens += MEDIA_TOKENS;
	}
	buf_free(&place);
	sim_ask_text(content, text);
	ask->input_tokens += sim_tokens(text->len - start);
	return good;
}

static bool
read_contents(struct sim_ask *ask, const struct json_value *contents, struct sim_answer *refusal)
{
	struct json_iter it = json_iter(contents);
	struct json_value key, content;
	struct buf where = {0};
	bool good = true;

	if (contents->kind != JSON_NONE && contents->kind != JSON_ARRAY)
		return sim_fault_text(
		    refusal, 400, "Invalid value at 'contents', expected an array.");
	if (json_count(contents) == 0)
		return sim_fault_text(
		    refusal, 400, "* GenerateContentRequest.contents: contents is not specified\n");
	for (size_t i = 0; good && json_next(&it, &key, &content); i++) {
		buf_reset(&where);
		buf_printf(&where, "contents[%zu]", i);
		buf_reset(&ask->prompt); /* it is the last one */
		good = read_content(ask, &content, where.data, &ask->prompt, refusal);
	}
	buf_free(&where);
	return good;
}

static bool
read_config(struct sim_ask *ask, const struct json_value *config, struct sim_answer *refusal)
{
	struct json_value limit = sim_ask_get(config, "maxOutputTokens");
	struct json_value count = sim_ask_get(config, "candidateCount");

	if (config->kind == JSON_NONE)
		return true;
	if (!check_names(config, config_fields, "generation_config", refusal))
		return false;
	if (json_int(&count, 1) > 1)
		return sim_fault_text(
		    refusal, 400, "Multiple candidates is not enabled for this model");
	ask->max_tokens = json_int(&limit, 0);
	if ((limit.kind != JSON_NONE && limit.kind != JSON_NUMBER) || ask->max_tokens < 0 ||
	    ask->max_tokens > INT32_MAX)
		return sim_fault_text(refusal, 400,
		    "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32).");
	return true;
}

static bool
read_generate(struct sim_ask *ask, const struct json_value *root, struct sim_answer *refusal)
{
	struct json_value contents = sim_ask_get(root, "contents");
	struct json_value config = sim_ask_get(root, "generationConfig");
	struct json_value system = sim_ask_get(root, "systemInstruction");

	if (!check_names(root, generate_fields, "", refusal) ||
	    !read_config(ask, &config, refusal) || !read_contents(ask, &contents, refusal))
		return false;
	return system.kind == JSON_NONE ||
	       read_content(ask, &system, "system_instruction", &ask->system, refusal);
}

static bool
read_count(struct sim_ask *ask, const struct json_value *root, struct sim_answer *refusal)
{
	struct json_value whole = sim_ask_get(root, "generateContentRequest");
	struct json_value contents = sim_ask_get(root, "contents");

	if (!check_names(root, count_fields, "", refusal))
		return false;
	return whole.kind ? read_generate(ask, &whole, refusal)
			  : read_contents(ask, &contents, refusal);
}

static bool
read_embed_item(struct sim_ask *ask, const struct json_value *item, const char *where,
    struct sim_answer *refusal)
{
	struct json_value content = sim_ask_get(item, "content");
	struct json_value size = sim_ask_get(item, "outputDimensionality");

	if (!check_names(item, embed_fields, where, refusal))
		return false;
	if (content.kind == JSON_NONE)
		return sim_fault_text(
		    refusal, 400, "* EmbedContentRequest.content: content is not specified\n");
	if (json_int(&size, 1) < 1 || json_int(&size, 1) > 3072)
		return sim_fault_text(
		    refusal, 400, "outputDimensionality must be between 1 and 3072.");
	return read_content(ask, &content, "content", &ask->prompt, refusal);
}

static bool
read_embed_batch(struct sim_ask *ask, const struct json_value *root, struct sim_answer *refusal)
{
	struct json_value item, key;
	struct json_iter it;
	bool good = check_names(root, embed_batch_fields, "", refusal);

	ask->embed = sim_ask_get(root, "requests");
	if (good && ask->embed.kind != JSON_NONE && ask->embed.kind != JSON_ARRAY)
		return sim_fault_text(
		    refusal, 400, "Invalid value at 'requests', expected an array.");
	if (good && json_count(&ask->embed) > EMBED_ITEMS_MAX)
		return sim_fault_text(refusal, 400,
		    "* BatchEmbedContentsRequest.requests: at most %d requests can be in one "
		    "batch\n",
		    EMBED_ITEMS_MAX);
	it = json_iter(&ask->embed);
	while (good && json_next(&it, &key, &item))
		good = read_embed_item(ask, &item, "requests", refusal);
	return good;
}

bool
sim_ask_read(
    struct sim_ask *ask, enum sim_operation op, struct slice body, struct sim_answer *refusal)
{
	struct json_value root;
	struct json_error error;

	if (json_scan(body, &root, &error))
		return sim_fault_text(refusal, 400,
		    "Invalid JSON payload received. At byte %zu: %s.", error.offset, error.reason);
	if (root.kind != JSON_OBJECT)
		return sim_fault_text(
		    refusal, 400, "Invalid JSON payload received. Root element must be a message.");
	if (op == SIM_COUNT_TOKENS)
		return read_count(ask, &root, refusal);
	if (op == SIM_EMBED_BATCH)
		return read_embed_batch(ask, &root, refusal);
	if (op != SIM_EMBED)
		return read_generate(ask, &root, refusal);
	ask->embed = root;
	return read_embed_item(ask, &root, "", refusal);
}
