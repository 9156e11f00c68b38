// SPDX-License-Identifier: MIT
/* Each part is checked on its own; the first that is wrong is told. */
#include "net/target.h"

#include <errno.h>
#include <strings.h>
#include <unistd.h>

#include "net/url.h"

/* What the name of a header consists of: RFC 9110, 5.6.2. */
#define TOKEN "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Two frame the request, and would tear it apart; how answers are packed is --compressed's to say. */
static bool
is_ours(const char *line)
{
	static const char *const names[] = {
	    "Content-Length:", "Transfer-Encoding:", "Accept-Encoding:"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strncasecmp(line, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

/* "Name: value", on one line. */
static bool
is_header(const char *line)
{
	size_t name = strspn(line, TOKEN);

	if (!name || line[name] != ':')
		return false;
	for (const char *c = line + name; *c; c++) {
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return false;
	}
	return true;
}

static int
add_header(struct target *t, const char *line, struct buf *error)
{
	if (!is_header(line) || is_ours(line)) {
		buf_str(error, "option '--header': 'Name: value' is needed (no lengths, and "
			       "--compressed for Accept-Encoding)");
		return -1;
	}
	cli_list_add(&t->headers, line);
	return 0;
}

/* One a line: headers that hold a token come from a @FILE, so that no process list shows them. */
static int
add_headers(struct target *t, const char *value, struct buf *error)
{
	struct buf text = {0};
	char *rest, *line;

	if (*value != '@')
		return add_header(t, value, error);
	if (cli_text("header", value, &text, error))
		return -1;
	for (rest = buf_take(&text); (line = strsep(&rest, "\r\n"));) {
		if (*line && add_header(t, line, error))
			return -1;
	}
	return 0;
}

static int
set_url(struct target *t, const struct target_options *o, struct buf *error)
{
	const char *reason;

	if (!url_check(o->base_url, o->allow_http, &t->base_url, &t->http.loopback, &reason))
		return 0;
	buf_printf(
	    error, "base URL '%s': %s", strchr(o->base_url, '@') ? "..." : o->base_url, reason);
	return -1;
}

int
target_set(struct target *t, const struct target_options *o, const char *const *variables,
    struct buf *error)
{
	if (t->http.ca_file && access(t->http.ca_file, R_OK)) {
		buf_printf(
		    error, "option '--cacert': file '%s': %s", t->http.ca_file, strerror(errno));
		return -1;
	}
	secret_guard();
	if (secret_load(&t->secret, o->key_file, variables, error) || set_url(t, o, error))
		return -1;
	for (size_t i = 0; i < o->headers.count; i++) {
		if (add_headers(t, o->headers.items[i], error))
			return -1;
	}
	t->http.base_url = t->base_url.data;
	t->http.secret = &t->secret;
	t->http.own_key = o->key_file != NULL;
	t->http.headers = t->headers.items;
	t->http.header_count = t->headers.count;
	return 0;
}
