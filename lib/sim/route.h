// SPDX-License-Identifier: MIT
/*
 * Where a request goes: method and path to an operation and a model, and the
 * table of models that the simulator knows.
 * Slices borrow from the path. May call: base/buf.
 */
#ifndef SIM_ROUTE_H
#define SIM_ROUTE_H

#include <stdint.h>

#include "base/buf.h"

enum sim_operation {
	SIM_NOWHERE, /* no such path: the front end's page */
	SIM_GENERATE,
	SIM_STREAM,
	SIM_COUNT_TOKENS,
	SIM_EMBED,
	SIM_EMBED_BATCH,
	SIM_MODEL_LIST,
	SIM_MODEL_GET,
	SIM_STATS,
};

struct sim_model {
	const char *id;
	const char *served; /* what modelVersion says: an alias is resolved */
	const char *title;
	int64_t input_limit; /* tokens */
	bool embeds;         /* else it generates */
};

struct sim_route {
	enum sim_operation op;
	struct slice version;          /* v1beta, v1 or v1alpha */
	struct slice id;               /* the model's, as it was asked for */
	const char *method;            /* "generateContent": for messages */
	const struct sim_model *model; /* NULL: not known, or not for this operation */
};

struct sim_route sim_route(const char *method, const char *path);

/* The table; ends with a NULL id. */
const struct sim_model *sim_models(void);

#endif
