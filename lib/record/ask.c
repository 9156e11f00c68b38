// SPDX-License-Identifier: MIT
/* The run's wishes are one object; a record's own members are patched over it. */
#include "record/ask.h"

#include "text/json_merge.h"
#include "text/json_string.h"
#include "text/json_text.h"
#include "text/option.h"
#include "text/utf8.h"

int
ask_build(
    struct buf *out, const char *model, const char *system, const char *config, struct buf *error)
{
	struct buf text = {0}, json = {0};
	struct json_value object = {0};
	bool bad = option_text("system", system, &text, error) ||
		   option_object("config", config, &json, &object, error);

	if (!bad && !utf8_is_valid(slice_of(model))) {
		buf_str(error, "option '--model': the text is not UTF-8");
		bad = true;
	}
	if (!bad && (model || system || config)) {
		buf_char(out, '{');
		if (model)
			json_field(out, "model", slice_of(model));
		if (system)
			json_field(out, "system", buf_view(&text));
		if (config) {
			json_name(out, "config");
			json_compact(out, &object);
		}
		buf_char(out, '}');
	}
	buf_free(&text);
	buf_free(&json);
	return bad ? -1 : 0;
}

int
ask_merge(struct slice ours, const struct json_value *own, struct buf *scratch, struct slice *out,
    struct buf *reason)
{
	struct json_value defaults = json_of(ours, JSON_OBJECT);

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
