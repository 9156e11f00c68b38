// SPDX-License-Identifier: MIT
/* Two walks over members: those of the target, then those that only the patch has. */
#include "text/json_merge.h"

static void
member(struct buf *out, const struct json_value *key)
{
	if (out->data[out->len - 1] != '{')
		buf_char(out, ',');
	buf_slice(out, json_raw(key));
	buf_char(out, ':');
}

/* The member of that name, compared by the bytes of the token: "a" and "\u0061" count as two. */
static struct json_value
find(const struct json_value *object, const struct json_value *name)
{
	struct json_iter it = json_iter(object);
	struct json_value key, value, found = {0};

	while (json_next(&it, &key, &value)) {
		if (slice_equal(json_raw(&key), json_raw(name)))
			found = value;
	}
	return found;
}

static void
merge_members(struct buf *out, const struct json_value *target, const struct json_value *patch)
{
	struct json_iter it = json_iter(target);
	struct json_value key, value, change;

	while (json_next(&it, &key, &value)) {
		change = find(patch, &key);
		if (change.kind == JSON_NULL)
			continue;
		member(out, &key);
		if (change.kind == JSON_NONE)
			buf_slice(out, json_raw(&value));
		else
			json_merge(out, &value, &change);
	}
	it = json_iter(patch);
	while (json_next(&it, &key, &value)) {
		if (value.kind == JSON_NULL || find(target, &key).kind != JSON_NONE)
			continue;
		member(out, &key);
		json_merge(out, &(struct json_value){0}, &value);
	}
}

void
json_merge(struct buf *out, const struct json_value *target, const struct json_value *patch)
{
	static const struct json_value empty = {"{}", 2, JSON_OBJECT, 0};

	if (patch->kind != JSON_OBJECT) {
		buf_slice(out, json_raw(patch));
		return;
	}
	buf_char(out, '{');
	merge_members(out, target->kind == JSON_OBJECT ? target : &empty, patch);
	buf_char(out, '}');
}

void
json_fill(struct buf *out, const struct json_value *defaults, const struct json_value *own)
{
	struct json_iter it = json_iter(defaults);
	struct json_value key, value, there;

	if (defaults->kind != JSON_OBJECT || own->kind != JSON_OBJECT) {
		buf_slice(out, json_raw(own));
		return;
	}
	buf_char(out, '{');
	while (json_next(&it, &key, &value)) {
		there = find(own, &key);
		member(out, &key);
		if (there.kind == JSON_NONE)
			buf_slice(out, json_raw(&value));
		else
			json_fill(out, &value, &there);
	}
	it = json_iter(own);
	while (json_next(&it, &key, &value)) {
		if (find(defaults, &key).kind != JSON_NONE)
			continue;
		member(out, &key);
		buf_slice(out, json_raw(&value));
	}
	buf_char(out, '}');
}
