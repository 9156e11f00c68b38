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

/* As json_merge, or with `nulls_stay` as json_fill. */
static void
merge(struct buf *out, const struct json_value *target, const struct json_value *patch,
    bool nulls_stay)
{
	static const struct json_value none = {0};
	struct json_iter of_target = json_iter(target), of_patch = json_iter(patch);
	struct json_value key, value, change;

	if (patch->kind != JSON_OBJECT || (nulls_stay && target->kind != JSON_OBJECT)) {
		buf_slice(out, json_raw(patch));
		return;
	}
	buf_char(out, '{');
	while (target->kind == JSON_OBJECT && json_next(&of_target, &key, &value)) {
		change = find(patch, &key);
		if (change.kind == JSON_NULL && !nulls_stay)
			continue;
		member(out, &key);
		if (change.kind == JSON_NONE)
			buf_slice(out, json_raw(&value));
		else
			merge(out, &value, &change, nulls_stay);
	}
	while (json_next(&of_patch, &key, &value)) {
		if ((value.kind == JSON_NULL && !nulls_stay) ||
		    find(target, &key).kind != JSON_NONE)
			continue;
		member(out, &key);
		merge(out, &none, &value, nulls_stay);
	}
	buf_char(out, '}');
}

void
json_merge(struct buf *out, const struct json_value *target, const struct json_value *patch)
{
	merge(out, target, patch, false);
}

void
json_fill(struct buf *out, const struct json_value *defaults, const struct json_value *own)
{
	merge(out, defaults, own, true);
}
