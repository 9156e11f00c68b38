// SPDX-License-Identifier: MIT
/*
 * A value put into a text, as jq's "\(...)" does it: a string as it is,
 * anything else as JSON without blanks. Strings within such JSON are written
 * plainly ("\u00e9" as its character), since somebody is to read them.
 * May call: base/buf, text/json_scan, text/json_string.
 */
#ifndef TEXT_JSON_TEXT_H
#define TEXT_JSON_TEXT_H

#include "text/json_scan.h"

/* Appends it as the inside of a JSON string; a string's inside and a number keep their bytes. */
void json_text(struct buf *out, const struct json_value *value);

/* Appends it as JSON on one line: no blanks outside strings, which keep their bytes. */
void json_compact(struct buf *out, const struct json_value *value);

#endif
