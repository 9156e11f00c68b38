// SPDX-License-Identifier: MIT
/* base/cli reads the file, the scanners of text/ judge what was in it. */
#include "text/option.h"

#include <string.h>

#include "base/cli.h"
#include "text/utf8.h"

int
option_text(const char *name, const char *value, struct buf *text, struct buf *error)
{
	if (!value)
		return 0;
	if (cli_text(name, value, text, error))
		return -1;
	if (utf8_is_valid(buf_view(text)))
		return 0;
	buf_printf(error, "option '--%s': the text is not UTF-8", name);
	return -1;
}

int
option_object(const char *name, const char *value, struct buf *text, struct json_value *object,
    struct buf *error)
{
	struct json_error wrong;

	*object = (struct json_value){0};
	if (!value)
		return 0;
	if (cli_text(name, value, text, error))
		return -1;
	if (json_scan(buf_view(text), object, &wrong))
		buf_printf(error, "option '--%s': not JSON: %s at byte %zu%s", name, wrong.reason,
		    wrong.offset + 1, strchr("@{", *value) ? "" : "; a file is @FILE");
	else if (object->kind != JSON_OBJECT)
		buf_printf(error, "option '--%s': a JSON object is needed, not %s", name,
		    json_kind_name(object->kind));
	else
		return 0;
	return -1;
}
