// SPDX-License-Identifier: MIT
/*
 * What a request body asks: checked as strictly as the service does (a name
 * that no message has is an error), then reduced to what an answer depends on.
 * Both spellings of a name are taken, as proto JSON does: maxOutputTokens and
 * max_output_tokens.
 * May call: base/buf, text/json_scan, text/json_string, sim/fault, sim/route.
 */
#ifndef SIM_ASK_H
#define SIM_ASK_H

#include "sim/fault.h"
#include "sim/route.h"
#include "text/json_scan.h"

struct sim_ask {
	struct buf prompt; /* the text of the last content, or of all that is to be embedded */
	struct buf system; /* the text of systemInstruction */
	int64_t input_tokens;
	int64_t max_tokens;      /* maxOutputTokens; 0: not asked for */
	struct json_value embed; /* one EmbedContentRequest, or an array; borrows from the body */
};

void sim_ask_free(struct sim_ask *ask);

/* False: *refusal is the error. `ask` is to be freed in any case. */
bool sim_ask_read(
    struct sim_ask *ask, enum sim_operation op, struct slice body, struct sim_answer *refusal);

/* The member of that camelCase name, in either spelling; null is absent, as in proto JSON. */
struct json_value sim_ask_get(const struct json_value *object, const char *camel);
void sim_ask_text(const struct json_value *content, struct buf *out); /* of its parts */

#define SIM_BYTES_PER_TOKEN 4
int64_t sim_tokens(size_t bytes); /* the estimate, rounded up */

#endif
