// SPDX-License-Identifier: MIT
/*
 * The replies that are not generated text: models and embeddings. An
 * embedding is a unit vector drawn from the hash of its text, so equal texts
 * are equal and others are nearly orthogonal; it means nothing else.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "sim/reply.h"
#include "text/json_string.h"

/* What a model can say at most. */
#define OUTPUT_TOKENS 65536

#define DIMENSIONS 3072

static void
model_object(struct buf *out, const struct sim_model *m)
{
	buf_char(out, '{');
	json_name(out, "name");
	buf_printf(out, "\"models/%s\"", m->id);
	json_field(out, "version", SLICE("001"));
	json_field(out, "displayName", slice_of(m->title));
	json_field(out, "description", SLICE("Simulated: its answers are not those of a model."));
	json_number(out, "inputTokenLimit", m->input_limit);
	json_number(out, "outputTokenLimit", m->embeds ? 1 : OUTPUT_TOKENS);
	json_name(out, "supportedGenerationMethods");
	if (m->embeds)
		buf_str(out, "[\"embedContent\",\"batchEmbedContents\"]}");
	else
		buf_str(out, "[\"generateContent\",\"countTokens\"],\"temperature\":1,\"topP\":0."
			     "95,\"topK\":64,"
			     "\"maxTemperature\":2,\"thinking\":true}");
}

void
sim_reply_model(struct sim_answer *a, const struct sim_model *model)
{
	a->status = 200;
	model_object(&a->body, model);
	sim_answer_piece(a);
}

/* A page token is the index of its first model. */
void
sim_reply_models(struct sim_answer *a, const char *page_size, const char *page_token)
{
	const struct sim_model *models = sim_models();
	int64_t size = 0, at = 0, count = 0;

	while (models[count].id)
		count++;
	if ((page_size && num_count(page_size, &size)) ||
	    (page_token && num_count(page_token, &at)) || at > count) {
		sim_fault_text(a, 400, "page_size or page_token is invalid.");
		return;
	}
	if (size == 0 || size > count - at) /* the service's own, 50, is more than there are */
		size = count - at;
	a->status = 200;
	buf_str(&a->body, "{\"models\":[");
	for (int64_t i = at; i < at + size; i++) {
		if (i > at)
			buf_char(&a->body, ',');
		model_object(&a->body, &models[i]);
	}
	buf_char(&a->body, ']');
	if (at + size < count)
		buf_printf(&a->body, ",\"nextPageToken\":\"%" PRId64 "\"", at + size);
	buf_char(&a->body, '}');
	sim_answer_piece(a);
}

static void
vector(struct buf *out, const struct json_value *item)
{
	struct json_value content = sim_ask_get(item, "content");
	struct json_value size = sim_ask_get(item, "outputDimensionality");
	size_t n = (size_t)json_int(&size, DIMENSIONS);
	double *values = mem_zero(n, sizeof *values), square = 0;
	struct buf text = {0};
	struct rng rng;

	sim_ask_text(&content, &text);
	rng_seed(&rng, hash64(buf_view(&text), 0));
	for (size_t i = 0; i < n; i++) {
		values[i] = rng_normal(&rng);
		square += values[i] * values[i];
	}
	buf_str(out, "{\"values\":[");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%.8f", i ? "," : "", values[i] / sqrt(square));
	buf_str(out, "]}");
	buf_free(&text);
	free(values);
}

void
sim_reply_embed(struct sim_answer *a, const struct sim_ask *ask, bool batch)
{
	struct json_iter it = json_iter(&ask->embed);
	struct json_value key, item;
	bool first = true;

	a->status = 200;
	if (!batch) {
		buf_str(&a->body, "{\"embedding\":");
		vector(&a->body, &ask->embed);
	} else {
		buf_str(&a->body, "{\"embeddings\":[");
		for (; json_next(&it, &key, &item); first = false) {
			if (!first)
				buf_char(&a->body, ',');
			vector(&a->body, &item);
		}
		buf_char(&a->body, ']');
	}
	buf_char(&a->body, '}');
	sim_answer_piece(a);
}
