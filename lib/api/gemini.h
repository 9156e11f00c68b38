// SPDX-License-Identifier: MIT
/*
 * The Gemini API: gemini.c builds requests, gemini_reply.c reads what comes back, and
 * gemini_error.c what a refusal says.
 * May call: base, text, limit/verdict, record.
 */
#ifndef API_GEMINI_H
#define API_GEMINI_H

#include "api/api.h"

/* The error's object, into the facts, the code and the message. */
void gemini_read_error(const struct json_value *error, struct answer *answer);

void gemini_read(const struct request *request, struct reply *reply, struct answer *answer);

#endif
