// SPDX-License-Identifier: MIT
/* Method and path to what is to be done. */
#include "sim/route.h"

#include <string.h>

static const struct sim_model models[] = {
    {"gemini-flash-latest", "gemini-3.8-flash", "Gemini Flash Latest", 1048576, false},
    {"gemini-flash-lite-latest", "gemini-3.5-flash-lite", "Flash-Lite Latest", 1048576, false},
    {"gemini-pro-latest", "gemini-3.1-pro-preview", "Gemini Pro Latest", 1048576, false},
    {"gemini-3.8-flash", "gemini-3.8-flash", "Gemini 3.8 Flash", 1048576, false},
    {"gemini-3.5-flash-lite", "gemini-3.5-flash-lite", "Gemini 3.5 Flash-Lite", 1048576, false},
    {"gemini-3.1-flash-lite", "gemini-3.1-flash-lite", "Gemini 3.1 Flash-Lite", 1048576, false},
    {"gemini-3.1-pro-preview", "gemini-3.1-pro-preview", "Gemini 3.1 Pro Preview", 1048576, false},
    {"gemini-embedding-001", "gemini-embedding-001", "Gemini Embedding 001", 2048, true},
    {"gemini-embedding-2", "gemini-embedding-2", "Gemini Embedding 2", 8192, true},
    {NULL, NULL, NULL, 0, false},
};

static const struct verb {
	const char *name;
	enum sim_operation op;
	bool embeds; /* the kind of model that it needs */
} verbs[] = {
    {"generateContent", SIM_GENERATE, false},
    {"streamGenerateContent", SIM_STREAM, false},
    {"countTokens", SIM_COUNT_TOKENS, false},
    {"embedContent", SIM_EMBED, true},
    {"batchEmbedContents", SIM_EMBED_BATCH, true},
    {NULL, SIM_NOWHERE, false},
};

static const struct sim_route nowhere = {.op = SIM_NOWHERE};

const struct sim_model *
sim_models(void)
{
	return models;
}

static const struct sim_model *
model_of(struct slice id)
{
	for (const struct sim_model *m = models; m->id; m++) {
		if (slice_is(id, m->id))
			return m;
	}
	return NULL;
}

/* Takes the next segment off the path: "v1beta" of "/v1beta/models". */
static struct slice
segment(const char **path)
{
	const char *start = *path + (**path == '/');
	size_t n = strcspn(start, "/");

	*path = start + n;
	return (struct slice){start, n};
}

/* What stands behind ".../models/": ID or ID:verb. */
static struct sim_route
to_model(struct sim_route r, bool get, const char *rest)
{
	const char *colon = strchr(rest, ':');

	r.id = (struct slice){rest, colon ? (size_t)(colon - rest) : strlen(rest)};
	r.model = model_of(r.id);
	if (get && !colon) {
		r.op = SIM_MODEL_GET;
		r.method = "getModel";
		return r;
	}
	for (const struct verb *v = verbs; !get && colon && v->name; v++) {
		if (strcmp(colon + 1, v->name) != 0)
			continue;
		r.op = v->op;
		r.method = v->name;
		if (r.model && r.model->embeds != v->embeds)
			r.model = NULL;
		return r;
	}
	return nowhere;
}

struct sim_route
sim_route(const char *method, const char *path)
{
	bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	struct sim_route r = {.version = segment(&path)};
	struct slice kind = segment(&path);

	if (get && slice_is(r.version, "_sim") && slice_is(kind, "stats") && !*path)
		return (struct sim_route){.op = SIM_STATS};
	if (!slice_is(r.version, "v1beta") && !slice_is(r.version, "v1") &&
	    !slice_is(r.version, "v1alpha"))
		return nowhere;
	if (!slice_is(kind, "models") || (!get && strcmp(method, "POST") != 0))
		return nowhere;
	if (get && !*path) {
		r.op = SIM_MODEL_LIST;
		return r;
	}
	return *path ? to_model(r, get, path + 1) : nowhere;
}
