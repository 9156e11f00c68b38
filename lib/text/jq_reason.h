// SPDX-License-Identifier: MIT
/*
 * libjq's errors as messages of ours, without data in them; for text/jq's eyes only.
 * May call: base/buf, libjq.
 */
#ifndef TEXT_JQ_REASON_H
#define TEXT_JQ_REASON_H

#include <jv.h>

#include "base/buf.h"

/*
 * A jq_msg_cb whose context is a struct buf: the first of the compiler's messages,
 * its reason, without where it was found.
 */
void jq_keep_error(void *error, jv message);

/* Appends to such a reason what may have been meant. */
void jq_add_hint(struct buf *error);

/* What `input` throws; `inputs` passes it on, as it would not pass on that there is none. */
#define JQ_NO_INPUT "the program asks for more input than the record"

/* Appends what a program that runs has thrown; takes the message. */
void jq_thrown(jv message, const char *program, struct buf *error);

#endif
