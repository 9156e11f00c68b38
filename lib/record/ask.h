// SPDX-License-Identifier: MIT
/*
 * `ask`: what a record asks for beyond the run's defaults (gem-record(5)).
 * May call: base, text.
 */
#ifndef RECORD_ASK_H
#define RECORD_ASK_H

#include "base/buf.h"
#include "text/json_scan.h"

/*
 * Appends {"model","system","config"} of those options that are given (NULL:
 * not), nothing when none is; system and config may be @FILE. -1 with the
 * message for the user when one is not what it has to be.
 */
int ask_build(
    struct buf *out, const char *model, const char *system, const char *config, struct buf *error);

/*
 * What a record asks for in the end: its own `ask`, which may be absent, merged
 * over ours, which is one that ask_build made. *out borrows from ours or from scratch. -1 with the
 * reason when its own is no object.
 */
int ask_merge(struct slice ours, const struct json_value *own, struct buf *scratch,
    struct slice *out, struct buf *reason);

#endif
