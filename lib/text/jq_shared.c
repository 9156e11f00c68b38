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
	status = json_scan(buf_view(&text), NULL, 0, NULL, &whole, &error);
	if (status)
		buf_str(reason, error.reason);
	else
		buf_add(args, whole.p, whole.n);
	buf_free(&text);
	return status;
}

static int
add_text(struct buf *args, const char *text, struct buf *reason)
{
	struct slice s = slice_of(text);

	if (utf8_invalid(s.p, s.n) < s.n) {
		buf_str(reason, "invalid UTF-8");
		return -1;
	}
	json_quote(args, s);
	return 0;
}

int
jq_shared_arg(
    struct jq_shared *s, const char *name, const char *value, bool is_json, struct buf *reason)
{
	struct json_value all = {s->args.data, s->args.len, s->args.len ? JSON_OBJECT : 0, 0};
	int status;

	if (json_get(&all, name).kind != JSON_NONE)
		return 0;
	if (s->args.len)
		s->args.data[s->args.len - 1] = ',';
	else
		buf_char(&s->args, '{');
	status = add_text(&s->args, name, reason);
	buf_char(&s->args, ':');
	if (status == 0)
		status = (is_json ? add_json : add_text)(&s->args, value, reason);
	buf_char(&s->args, '}');
	return status;
}

const char *
jq_shared_warning(struct jq_shared *s)
{
	unsigned news = s->losses & ~s->told;

	if (news & JQ_INEXACT) {
		s->told |= JQ_INEXACT;
		return "records have numbers that jq does not hold exactly: what it makes of them "
		       "is changed";
	}
	if (news & JQ_LONE_SURROGATE) {
		s->told |= JQ_LONE_SURROGATE;
		return "records have half a surrogate pair in their text: jq makes U+FFFD of it";
	}
	return NULL;
}

void
jq_shared_free(struct jq_shared *s)
{
	buf_free(&s->args);
}
