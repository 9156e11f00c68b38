// SPDX-License-Identifier: MIT
/*
 * One walk over the members, each copied, replaced or left out; then those that
 * were not there. Where the places of the old ones are known, no walk is needed.
 */
#include "record/object.h"

#include <assert.h>
#include <string.h>

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

/* Takes the object's closing brace away, and blanks before it. */
static void
reopen(struct buf *out)
{
	size_t len = out->len - 1;

	while ((unsigned char)out->data[len - 1] <= ' ')
		len--;
	buf_cut(out, len);
}

void
object_edit_open(struct buf *out, const struct json_value *object,
    const struct object_member *members, size_t count)
{
	if (count)
		object_edit(out, object, members, count);
	else
		buf_slice(out, json_raw(object));
	reopen(out);
}

static bool
is_id(const struct object_member *m)
{
	return strcmp(m->name, "id") == 0;
}

/* Opens the object, with the new id if there is one; what follows begins at the result. */
static const char *
begin(struct buf *out, const struct json_value *object, const struct object_member *members,
    const struct json_value *old, size_t count)
{
	const char *p = object->p + 1;

	buf_char(out, '{');
	for (size_t i = 0; i < count; i++) {
		if (old[i].kind != JSON_NONE || !is_id(&members[i]))
			continue;
		json_name(out, "id");
		buf_slice(out, members[i].value);
		p += strspn(p, " \t\r\n");
		if (*p != '}')
			buf_char(out, ',');
	}
	return p;
}

/* Which of the old values not yet passed at `from` comes first, or `count`. */
static size_t
next_old(const struct json_value *old, size_t count, const char *from)
{
	size_t next = count;

	for (size_t i = 0; i < count; i++) {
		if (old[i].p >= from && (next == count || old[i].p < old[next].p))
			next = i;
	}
	return next;
}

/* The object is complete; what is new comes behind the rest. */
static void
add_new(struct buf *out, const struct object_member *members, const struct json_value *old,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (old[i].kind != JSON_NONE || is_id(&members[i]))
			continue;
		reopen(out);
		json_name(out, members[i].name);
		buf_slice(out, members[i].value);
		buf_char(out, '}');
	}
}

void
object_set(struct buf *out, const struct json_value *object, const struct object_member *members,
    const struct json_value *old, size_t count)
{
	const char *p, *end = object->p + object->n;
	size_t i;

	for (i = 0; i < count; i++) {
		if (old[i].flags & JSON_DUPLICATE) {
			object_edit(out, object, members, count);
			return;
		}
	}
	p = begin(out, object, members, old, count);
	while ((i = next_old(old, count, p)) < count) {
		buf_add(out, p, (size_t)(old[i].p - p));
		buf_slice(out, members[i].value);
		p = old[i].p + old[i].n;
	}
	buf_add(out, p, (size_t)(end - p));
	add_new(out, members, old, count);
}
