// SPDX-License-Identifier: MIT
/*
 * JSON Merge Patch (RFC 7396) by raw slices: members of the patch replace
 * those of the target, objects are merged, null removes; everything else keeps
 * its bytes.
 * May call: base, text/json_scan.
 */
#ifndef TEXT_JSON_MERGE_H
#define TEXT_JSON_MERGE_H

#include "text/json_scan.h"

/*
 * Appends target patched with patch. A target of another kind than object (or
 * JSON_NONE) counts as {}. Depth is that of the texts, which json_scan bounds.
 */
void json_merge(struct buf *out, const struct json_value *target, const struct json_value *patch);

/*
 * Appends what is there, nulls too, with those of the defaults that it lacks; where both have an
 * object, that one likewise.
 */
void json_fill(struct buf *out, const struct json_value *defaults, const struct json_value *own);

#endif
