// SPDX-License-Identifier: MIT
/*
 * The bodies of a 200: candidates in all the shapes that the service has for
 * success and not-quite-success, token counts, models, embeddings.
 *
 * Each function appends compact JSON to the answer, one piece per object: a
 * stream has several, anything else one. Fields that are zero are left out,
 * as proto3 does.
 * May call: base, text/json_string, sim/answer, sim/ask, sim/directive,
 * sim/fault, sim/route, sim/talk.
 */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include "sim/answer.h"
#include "sim/ask.h"
#include "sim/directive.h"
#include "sim/route.h"

void sim_reply_generate(struct sim_answer *a, const struct sim_ask *ask,
    const struct sim_plan *plan, const struct sim_model *model, uint64_t id, bool stream);
void sim_reply_count(struct sim_answer *a, const struct sim_ask *ask);
void sim_reply_embed(struct sim_answer *a, const struct sim_ask *ask, bool batch);
void sim_reply_model(struct sim_answer *a, const struct sim_model *model);
/* A page of the list, or the error that there is none; NULLs are the defaults. */
void sim_reply_models(struct sim_answer *a, const char *page_size, const char *page_token);

#endif
