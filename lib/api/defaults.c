// SPDX-License-Identifier: MIT
/* Each part is checked on its own; the first that is wrong is told. */
#include "api/defaults.h"

#include "base/cli.h"
#include "text/utf8.h"

static int
check_names(const struct api_options *o, struct buf *error)
{
	if (!api_model_is_sane(slice_of(o->model)))
		buf_printf(error, "model '%s' has a character that no model has", o->model);
	else if (!api_model_is_sane(slice_of(o->version)))
		buf_printf(error, "api version '%s' is none such as v1beta", o->version);
	else
		return 0;
	return -1;
}

static int
read_text(const char *name, const char *value, struct buf *text, struct buf *error)
{
	if (!value)
		return 0;
	if (cli_text(name, value, text, error))
		return -1;
	if (utf8_invalid(text->data, text->len) == text->len)
		return 0;
	buf_printf(error, "option '--%s': the text is not UTF-8", name);
	return -1;
}

/* The object of --config or --body, as slices of the text. */
static int
read_object(const char *name, const char *value, struct buf *text, struct json_value *object,
    struct buf *error)
{
	struct json_error wrong;

	if (!value)
		return 0;
	if (cli_text(name, value, text, error))
		return -1;
	if (json_scan(buf_view(text), NULL, 0, NULL, object, &wrong))
		buf_printf(error, "option '--%s': not JSON: %s at byte %zu", name, wrong.reason,
		    wrong.offset);
	else if (object->kind != JSON_OBJECT)
		buf_printf(error, "option '--%s': a JSON object is needed, not %s", name,
		    json_kind_name(object->kind));
	else
		return 0;
	return -1;
}

int
api_set_defaults(
    const struct api *api, const struct api_options *o, struct api_defaults *d, struct buf *error)
{
	struct buf system = {0}, config_text = {0}, body_text = {0};
	struct json_value config = {0}, body = {0};
	bool bad = check_names(o, error) || read_text("system", o->system, &system, error) ||
		   read_object("config", o->config, &config_text, &config, error) ||
		   read_object("body", o->body, &body_text, &body, error);

	*d = (struct api_defaults){.model = o->model, .version = o->version};
	if (!bad)
		api->base(&d->base, o->system ? &system : NULL, &config, &body);
	buf_free(&system);
	buf_free(&config_text);
	buf_free(&body_text);
	return bad ? -1 : 0;
}
