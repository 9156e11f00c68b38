// SPDX-License-Identifier: MIT
/* Each part is checked on its own; the first that is wrong is told. */
#include "api/defaults.h"

#include "text/option.h"

static int
check_names(const struct api_options *o, struct buf *error)
{
	if (!*o->model)
		buf_str(error, "the model's name is empty");
	else if (!api_model_is_sane(slice_of(o->model)))
		buf_printf(error, "model '%s' has a character that no model has", o->model);
	else if (!api_model_is_sane(slice_of(o->version)))
		buf_printf(error, "api version '%s' is none such as v1beta", o->version);
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
	bool bad = check_names(o, error) || option_text("system", o->system, &system, error) ||
		   option_object("config", o->config, &config_text, &config, error) ||
		   option_object("body", o->body, &body_text, &body, error);

	*d = (struct api_defaults){.model = o->model, .version = o->version};
	if (!bad)
		api->base(&d->base, o->system ? &system : NULL, &config, &body);
	buf_free(&system);
	buf_free(&config_text);
	buf_free(&body_text);
	return bad ? -1 : 0;
}
