// SPDX-License-Identifier: MIT
/*
 * An object with some members changed: the rest keeps its bytes and its order.
 *
 * This is how every program adds to a record under its own name and leaves all
 * else alone. A member that was there is replaced where it stood (where it
 * first stood, if it stood twice), one that was not comes last.
 * May call: base, text/json_scan, text/json_string.
 */
#ifndef RECORD_OBJECT_H
#define RECORD_OBJECT_H

#include "text/json_scan.h"

/* The most changes of one edit. */
#define OBJECT_EDIT_MAX 16

struct object_member {
	const char *name;   /* as text, compared decoded: "\u0069d" is id */
	struct slice value; /* JSON as it shall stand there; absent: the member is removed */
};

/*
 * Appends the object, a value that json_scan has accepted, with the members
 * set or removed. Their values may not lie in out. An object of kind JSON_NONE
 * counts as {}.
 */
void object_edit(struct buf *out, const struct json_value *object,
    const struct object_member *members, size_t count);

/* The same, but the object stays open: more members follow (json_name), and a brace. */
void object_edit_open(struct buf *out, const struct json_value *object,
    const struct object_member *members, size_t count);

/*
 * The same as object_edit in one copy, for members that are set and that
 * json_scan has looked for: old[i] is the value that members[i] had, of kind
 * JSON_NONE when it is new. A new `id` comes first, where people look for it.
 */
void object_set(struct buf *out, const struct json_value *object,
    const struct object_member *members, const struct json_value *old, size_t count);

#endif
