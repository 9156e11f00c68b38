// SPDX-License-Identifier: MIT
/* Arguments are kept as the text of an object, in the order in which they were given. */
#include <string.h>

#include "text/jq.h"
#include "text/json_scan.h"
#include "text/json_string.h"
#include "text/utf8.h"

static int
add_json(struct buf *args, const char *json, struct buf *reason)
{
	struct buf text = {0};
	struct json_value whole;
	struct json_error error;
	int status;

	buf_str(&text, json);
	status = json_scan(buf_view(&text), &whole, &error);
	if (status)
		buf_printf(reason, "no JSON: %s", error.reason);
	else
		buf_slice(args, json_raw(&whole));
	buf_free(&text);
	return status;
}

static int
add_text(struct buf *args, const char *text, struct buf *reason)
{
	if (!utf8_is_valid(slice_of(text))) {
		buf_str(reason, "invalid UTF-8");
		return -1;
	}
	json_quote(args, slice_of(text));
	return 0;
}

static int
add_arg(struct buf *args, const char *name, const char *value, bool is_json, struct buf *reason)
{
	struct json_value all = {args->data, args->len, args->len ? JSON_OBJECT : JSON_NONE, 0};
	int status;

	if (json_get(&all, name).kind != JSON_NONE)
		return 0;
	if (args->len)
		args->data[args->len - 1] = ',';
	else
		buf_char(args, '{');
	status = add_text(args, name, reason);
	buf_char(args, ':');
	if (status == 0)
		status = (is_json ? add_json : add_text)(args, value, reason);
	buf_char(args, '}');
	return status;
}

int
jq_shared_args(struct jq_shared *s, const struct cli_list *pairs, struct buf *reason)
{
	struct buf why = {0};
	int status = 0;

	for (size_t i = 0; i < pairs->count && status == 0; i += 3) {
		const char *option = pairs->items[i], *name = pairs->items[i + 1];

		status = add_arg(
		    &s->args, name, pairs->items[i + 2], strcmp(option, "argjson") == 0, &why);
		if (status)
			buf_printf(reason, "option '--%s': '%s': %s", option, name, why.data);
	}
	buf_free(&why);
	return status;
}

const char *
jq_shared_warning(struct jq_shared *s)
{
	unsigned news = s->losses & ~s->told;

	if (news & JQ_INEXACT) {
		s->told |= JQ_INEXACT;
		return "records or arguments have numbers that jq does not hold exactly: what it "
		       "makes of them is changed";
	}
	if (news & JQ_LONE_SURROGATE) {
		s->told |= JQ_LONE_SURROGATE;
		return "records or arguments have half a surrogate pair in their text: jq makes "
		       "U+FFFD of it";
	}
	return NULL;
}

void
jq_shared_free(struct jq_shared *s)
{
	buf_free(&s->args);
}
