// SPDX-License-Identifier: MIT
/*
 * The two halves of the Gemini API: gemini.c builds requests, gemini_reply.c
 * reads what comes back.
 * May call: base, text, limit/verdict, record.
 */
#ifndef API_GEMINI_H
#define API_GEMINI_H

#include "api/api.h"

void gemini_read(const struct request *request, struct reply *reply, struct answer *answer);

#endif
