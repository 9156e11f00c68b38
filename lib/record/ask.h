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
 * Appends {"model","system","config"} of those that are present (config: the
 * text of a JSON object), nothing when none is. -1 with the reason when one is
 * not what it has to be.
 */
int ask_build(struct buf *out, struct slice model, struct slice system, struct slice config,
    struct buf *reason);

/*
 * What a record asks for in the end: its own `ask`, which may be absent, merged
 * over ours, which is one that ask_build made. *out borrows from ours or from scratch. -1 with the
 * reason when its own is no object.
 */
int ask_merge(struct slice ours, const struct json_value *own, struct buf *scratch,
    struct slice *out, struct buf *reason);

#endif
