// SPDX-License-Identifier: MIT
/*
 * One walk over the members, each copied, replaced or left out; then those that
 * were not there.
 */
#include "record/object.h"

#include <string.h>

#include <assert.h>

#include "text/json_string.h"

static size_t
find(const struct object_member *members, size_t count, const struct json_value *key)
{
	size_t i = 0;

	while (i < count && !json_string_is(key, members[i].name))
		i++;
	return i;
}

/* The comma before a member, unless it is the first of the object that began at `start`. */
static void
separate(struct buf *out, size_t start)
{
	if (out->len > start + 1)
		buf_char(out, ',');
}

static void
set(struct buf *out, size_t start, const struct object_member *m)
{
	if (!m->value.p)
		return;
	separate(out, start);
	json_quote(out, slice_of(m->name));
	buf_char(out, ':');
	buf_slice(out, m->value);
}

void
object_edit(struct buf *out, const struct json_value *object, const struct object_member *members,
    size_t count)
{
	struct json_iter it = json_iter(object);
	struct json_value key, value;
	bool done[OBJECT_EDIT_MAX] = {false};
	size_t start = out->len;

	assert(count <= OBJECT_EDIT_MAX);
	buf_char(out, '{');
	while (json_next(&it, &key, &value)) {
		size_t i = find(members, count, &key);

		if (i == count) {
			separate(out, start);
			buf_add(out, key.p, (size_t)(value.p + value.n - key.p));
		} else if (!done[i]) {
			set(out, start, &members[i]);
			done[i] = true;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (!done[i])
			set(out, start, &members[i]);
	}
	buf_char(out, '}');
}

void
object_edit_open(struct buf *out, const struct json_value *object,
    const struct object_member *members, size_t count)
{
	if (count)
		object_edit(out, object, members, count);
	else
		buf_add(out, object->p, object->n);
	do
		buf_cut(out, out->len - 1); /* the brace, and blanks before it */
	while (strchr(" \t\r\n", out->data[out->len - 1]));
}
