// SPDX-License-Identifier: MIT
/*
 * Values of options that are a text or a JSON object, given as they are or as
 * @FILE: read, and checked before the first record.
 *
 * A value that is NULL was not given: 0, and nothing is appended. -1 with the
 * message for the user, who is told the option's name.
 * May call: base, text/json_scan, text/utf8.
 */
#ifndef TEXT_OPTION_H
#define TEXT_OPTION_H

#include "text/json_scan.h"

/* Appends the text, which is valid UTF-8. */
int option_text(const char *name, const char *value, struct buf *text, struct buf *error);

/* The object borrows from `text`, which gets all that was read; JSON_NONE when it was not given. */
int option_object(const char *name, const char *value, struct buf *text, struct json_value *object,
    struct buf *error);

#endif
