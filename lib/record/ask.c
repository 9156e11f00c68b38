// SPDX-License-Identifier: MIT
/* The run's wishes are one object; a record's own members are patched over it. */
#include "record/ask.h"

#include "text/json_merge.h"
#include "text/json_string.h"
#include "text/utf8.h"

static int
add_text(struct buf *out, const char *name, struct slice text, struct buf *reason)
{
	if (!text.p)
		return 0;
	if (utf8_invalid(text.p, text.n) < text.n) {
		buf_printf(reason, "'%s': invalid UTF-8", name);
		return -1;
	}
	json_field(out, name, text);
	return 0;
}

static int
add_config(struct buf *out, struct slice text, struct buf *reason)
{
	struct json_value whole;
	struct json_error error;

	if (!text.p)
		return 0;
	if (json_scan(text, NULL, 0, NULL, &whole, &error)) {
		buf_printf(
		    reason, "'config': not JSON: %s at byte %zu", error.reason, error.offset + 1);
		return -1;
	}
	if (whole.kind != JSON_OBJECT) {
		buf_printf(reason, "'config': a JSON object is needed, not %s",
		    json_kind_name(whole.kind));
		return -1;
	}
	json_name(out, "config");
	json_compact(out, &whole);
	return 0;
}

int
ask_build(struct buf *out, struct slice model, struct slice system, struct slice config,
    struct buf *reason)
{
	if (!model.p && !system.p && !config.p)
		return 0;
	buf_char(out, '{');
	if (add_text(out, "model", model, reason) || add_text(out, "system", system, reason) ||
	    add_config(out, config, reason))
		return -1;
	buf_char(out, '}');
	return 0;
}

int
ask_merge(struct slice ours, const struct json_value *own, struct buf *scratch, struct slice *out,
    struct buf *reason)
{
	struct json_value defaults = {ours.p, ours.n, JSON_OBJECT, 0};

	*out = ours;
	if (own->kind == JSON_NONE || own->kind == JSON_NULL)
		return 0;
	if (own->kind != JSON_OBJECT) {
		buf_printf(
		    reason, "'ask': %s, where an object is needed", json_kind_name(own->kind));
		return -1;
	}
	buf_reset(scratch);
	json_merge(scratch, &defaults, own);
	*out = buf_view(scratch);
	return 0;
}
