// SPDX-License-Identifier: MIT
/*
 * A template gives the same natively, by members that the scan has handed out,
 * and through libjq, and what it gives is the inside of a JSON string. The first
 * line of the input is a record, the rest a template. An expression that is
 * beyond the native subset is not run: mutated programs may do anything.
 */
#include "record/template.h"
#include "libjq.h"
#include "text/json_path.h"
#include "text/json_string.h"

struct both {
	char *text;
	struct template *native; /* NULL: no template */
	struct template *libjq;  /* the same with its expressions in parentheses */
};

/* The closing parenthesis of the path that begins at p, NULL when none of them makes one. */
static const char *
path_end(const char *p, const char *end)
{
	for (const char *close = p; close < end; close++) {
		struct json_path *path = *close == ')'
					     ? json_path_new((struct slice){p, (size_t)(close - p)})
					     : NULL;

		json_path_free(path);
		if (path)
			return close;
	}
	return NULL;
}

/* Puts each path in parentheses, which are beyond the subset; false when something else is there. */
static bool
for_libjq(struct slice text, struct buf *out)
{
	const char *p = text.p, *end = p + text.n, *close;

	for (; p < end; p++) {
		if (*p != '\\' || p + 1 == end || p[1] != '(') {
			buf_char(out, *p);
			if (*p == '\\' && p + 1 < end)
				buf_char(out, *++p);
			continue;
		}
		close = path_end(p + 2, end);
		if (!close || only_ours((struct slice){p, (size_t)(close - p)}))
			return false;
		buf_printf(out, "\\((%.*s))", (int)(close - p - 2), p + 2);
		p = close;
	}
	return true;
}

/* NULL when it may not be run. */
static const struct both *
compile(struct slice text)
{
	static struct both kept[KEPT];
	static size_t next;
	struct buf other = {0}, reason = {0};
	struct both *b;

	for (size_t i = 0; i < KEPT; i++) {
		if (kept[i].text && slice_is(text, kept[i].text))
			return &kept[i];
	}
	if (!for_libjq(text, &other)) {
		buf_free(&other);
		return NULL;
	}
	b = &kept[next++ % KEPT];
	free(b->text);
	template_free(b->native);
	template_free(b->libjq);
	*b = (struct both){mem_dup(text.p, text.n), template_new(text, jq_shared(), &reason), NULL};
	MUST((b->native == NULL) == (reason.len != 0));
	b->libjq = template_new(buf_view(&other), jq_shared(), &reason);
	MUST((b->native == NULL) == (b->libjq == NULL));
	buf_free(&other);
	buf_free(&reason);
	return b;
}

/* The rendered string, or how it failed. */
static int
render(struct template *t, const struct json_value *record, const struct json_value *wanted,
    struct buf *out)
{
	struct buf reason = {0};
	int status = template_render(t, record, wanted, out, &reason);

	MUST((status != 0) == (reason.len != 0));
	buf_free(&reason);
	return status;
}

static void
compare_text(const struct buf *a, const struct buf *b)
{
	struct buf decoded[2] = {{0}, {0}};
	const struct buf *insides[] = {a, b};

	for (int i = 0; i < 2; i++) {
		struct json_value string;
		struct json_error error;

		MUST(json_scan(buf_view(insides[i]), &string, &error) == 0);
		MUST(string.kind == JSON_STRING && string.n == insides[i]->len);
		json_unescape(&decoded[i], json_inside(&string));
	}
	MUST(slice_equal(buf_view(&decoded[0]), buf_view(&decoded[1])));
	buf_free(&decoded[0]);
	buf_free(&decoded[1]);
}

static void
compare(const struct both *b, struct slice record)
{
	struct buf walked = {0}, handed = {0}, libjq = {0};
	struct json_wants wants = {.count = 0};
	struct json_value root, out[JSON_WANTS_MAX];
	struct json_error error;
	bool enough = template_want(b->native, &wants);
	int status;

	if (json_scan_members(NULL, record, wants.items, wants.count, out, &root, &error))
		return;
	status = render(b->native, &root, NULL, &walked);
	if (enough) {
		MUST(render(b->native, &root, out, &handed) == status);
		MUST(slice_equal(buf_view(&walked), buf_view(&handed)));
	}
	MUST(render(b->libjq, &root, NULL, &libjq) == status);
	if (status == 0)
		compare_text(&walked, &libjq);
	buf_free(&walked);
	buf_free(&handed);
	buf_free(&libjq);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *end = memchr(data, '\n', n);
	size_t record_n = end ? (size_t)(end - (const char *)data) : n;
	struct slice record = padded(data, record_n, '\n');
	struct slice text = padded(
	    data + record_n + (end != NULL), n - record_n - (end != NULL), '\0');
	const struct both *b = compile(text);
	struct buf normal = {0};
	struct json_value root;
	struct json_error error;

	/* numbers as libjq writes them: natively they would keep their bytes */
	if (b && b->native && json_scan(record, &root, &error) == 0 &&
	    jq_normal(&root, &normal) == 0) {
		struct buf inside = {0};

		buf_add(&inside, normal.data + 1, normal.len - 2);
		compare(b, buf_view(&inside));
		buf_free(&inside);
	}
	buf_free(&normal);
	free((char *)record.p);
	free((char *)text.p);
	return 0;
}
