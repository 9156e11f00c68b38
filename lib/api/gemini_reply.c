// SPDX-License-Identifier: MIT
/*
 * The Gemini API over REST, what comes back: answers, blocked and cut ones. The text
 * is put together as the official SDKs do it. A status of 200 is not yet a success:
 * that takes one whole JSON object, a candidate, and a finish reason that means finished.
 */
#include <string.h>

#include "api/gemini.h"
#include "text/json_string.h"

/* What is wanted of a reply's object, in its one scan. */
enum { ERROR, CANDIDATES, FEEDBACK, USAGE, VERSION, BLOCK, IN, TOOLS, OUT, THINK, CACHED, WANTED };

static const struct json_want wants[WANTED] = {[ERROR] = JSON_WANT("error"),
    [CANDIDATES] = JSON_WANT("candidates"),
    [FEEDBACK] = JSON_WANT("promptFeedback"),
    [USAGE] = JSON_WANT("usageMetadata"),
    [VERSION] = JSON_WANT("modelVersion"),
    [BLOCK] = JSON_WANT_IN("blockReason", FEEDBACK + 1),
    [IN] = JSON_WANT_IN("promptTokenCount", USAGE + 1),
    [TOOLS] = JSON_WANT_IN("toolUsePromptTokenCount", USAGE + 1),
    [OUT] = JSON_WANT_IN("candidatesTokenCount", USAGE + 1),
    [THINK] = JSON_WANT_IN("thoughtsTokenCount", USAGE + 1),
    [CACHED] = JSON_WANT_IN("cachedContentTokenCount", USAGE + 1)};

/* More tokens than any call has: sums of so many stay far from the greatest number. */
#define TOKENS_MOST INT64_C(1000000000000)

/* Less than none would be credit on a budget. */
static int64_t
count_of(const struct json_value *number)
{
	int64_t n = json_int(number, 0);

	return n < 0 ? 0 : n < TOKENS_MOST ? n : TOKENS_MOST;
}

static void
read_usage(const struct json_value *v, struct answer *a)
{
	a->has_usage = v[USAGE].kind == JSON_OBJECT;
	a->usage = (struct usage){count_of(&v[IN]) + count_of(&v[TOOLS]), count_of(&v[OUT]),
	    count_of(&v[THINK]), count_of(&v[CACHED])};
}

/* The first member of a part that is neither text nor said of it; absent: there is none. */
static struct slice
payload_of(const struct json_value *part)
{
	struct json_iter it = json_iter(part);
	struct json_value key, value;

	while (json_next(&it, &key, &value)) {
		if (!json_string_is(&key, "text") && !json_string_is(&key, "thought") &&
		    !json_string_is(&key, "thoughtSignature"))
			return json_inside(&key);
	}
	return (struct slice){0};
}

/* The text of a candidate as the SDKs put it together: all parts, thoughts left out. */
static void
read_parts(const struct json_value *candidate, struct answer *a)
{
	struct json_value content = json_get(candidate, "content");
	struct json_value parts = json_get(&content, "parts");
	struct json_iter it = json_iter(&parts);
	struct json_value key, part;

	while (json_next(&it, &key, &part)) {
		struct json_value text = json_get(&part, "text"),
				  thought = json_get(&part, "thought");

		if (text.kind != JSON_STRING && !a->other.n)
			a->other = payload_of(&part);
		if (text.kind != JSON_STRING || thought.kind == JSON_TRUE)
			continue;
		a->has_text = true;
		buf_slice(&a->text, json_inside(&text));
	}
}

static enum content
judge(const struct answer *a)
{
	static const char *const unfinished[] = {"MAX_TOKENS", "CONTINUATION", NULL};
	static const char *const void_of_text[] = {"MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE",
	    "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "NO_IMAGE", "OTHER", "IMAGE_OTHER",
	    NULL};

	if (!a->finish.n)
		return CONTENT_CUT;
	if (slice_is(a->finish, "STOP"))
		return a->text.len ? CONTENT_TEXT : a->other.n ? CONTENT_OTHER : CONTENT_EMPTY;
	for (const char *const *word = unfinished; *word; word++) {
		if (slice_is(a->finish, *word))
			return CONTENT_CUT;
	}
	for (const char *const *word = void_of_text; *word; word++) {
		if (slice_is(a->finish, *word))
			return CONTENT_EMPTY;
	}
	return CONTENT_BLOCKED; /* SAFETY, RECITATION, … and what may be added to them */
}

static void
read_candidate(const struct json_value *v, struct answer *a)
{
	struct json_value candidate = json_at(&v[CANDIDATES], 0);
	struct json_value finish = json_get(&candidate, "finishReason");
	struct json_value note = json_get(&candidate, "finishMessage");

	read_parts(&candidate, a);
	a->finish = json_inside(&finish);
	if (v[BLOCK].kind == JSON_STRING) {
		a->finish = json_inside(&v[BLOCK]);
		a->facts.content = CONTENT_BLOCKED;
		buf_printf(
		    &a->message, "the prompt was blocked: %.*s", (int)a->finish.n, a->finish.p);
		return;
	}
	if (candidate.kind != JSON_OBJECT) {
		a->facts.content = CONTENT_EMPTY;
		buf_str(&a->message, "the answer has no candidate");
		return;
	}
	a->facts.content = judge(a);
	if (json_count(&v[CANDIDATES]) > 1)
		a->other = SLICE("more candidates");
	if (!a->finish.n)
		buf_str(&a->message, "the answer has no finish reason");
	else if (a->facts.content == CONTENT_OTHER)
		buf_printf(&a->message, "the answer has %.*s and no text: --emit gemini writes it",
		    (int)a->other.n, a->other.p);
	else if (a->facts.content == CONTENT_EMPTY && slice_is(a->finish, "STOP"))
		buf_str(&a->message, "the answer has no text");
	else if (a->facts.content != CONTENT_TEXT)
		buf_printf(&a->message, "finish reason %.*s", (int)a->finish.n, a->finish.p);
	if (note.kind == JSON_STRING && a->message.len) {
		buf_str(&a->message, ": ");
		json_unescape(&a->message, json_inside(&note));
	}
}

/* As a portal or another server gives it, after a byte order mark and blanks. */
static bool
is_page(struct slice text)
{
	return text.n && text.p[strspn(text.p, "\xef\xbb\xbf \t\r\n")] == '<';
}

static int
scan(struct slice text, struct json_value *v, struct json_value *whole, struct answer *a)
{
	struct json_error error;

	if (json_scan_members(NULL, text, wants, WANTED, v, whole, &error)) {
		if (is_page(text))
			buf_str(&a->message, "the body is a web page, not JSON: check --base-url");
		else
			buf_printf(&a->message, "the body is not JSON: %s at byte %zu",
			    error.reason, error.offset + 1);
		return -1;
	}
	for (size_t i = 0; whole->flags & JSON_DUPLICATE && i < WANTED; i++) {
		if (v[i].flags & JSON_DUPLICATE) {
			buf_printf(&a->message, "the answer has two members '%s'", wants[i].name.p);
			return -1;
		}
	}
	return 0;
}

/* What is wanted of the reply's object: the body, or the only item of an array around it. */
static int
read_object(struct reply *reply, struct json_value *v, struct answer *a)
{
	struct json_value whole;

	if (slice_starts(buf_view(&reply->body), "\xef\xbb\xbf")) /* a byte order mark */
		buf_drop(&reply->body, 3);
	if (scan(buf_view(&reply->body), v, &whole, a))
		return -1;
	if (whole.kind == JSON_ARRAY && json_count(&whole) == 1) {
		whole = json_at(&whole, 0);
		buf_cut(&reply->body, (size_t)(whole.p + whole.n - reply->body.data));
		buf_drop(&reply->body, (size_t)(whole.p - reply->body.data));
		if (scan(buf_view(&reply->body), v, &whole, a))
			return -1;
	}
	if (whole.kind == JSON_OBJECT) {
		a->body = json_raw(&whole);
		return 0;
	}
	buf_str(&a->message, "the body is not a JSON object");
	return -1;
}

/* What a server says that is none of this API. */
static bool
is_elsewhere(int status)
{
	return status == 404 || status == 405 || status == 501;
}

/* In place of a body that is not the API's own words, and where there are none. */
static void
complete_message(const struct reply *reply, struct answer *a)
{
	bool redirected = reply->status >= 300 && reply->status < 400;

	if (redirected || (reply->status != 200 && !a->body.p))
		buf_reset(&a->message);
	if (redirected)
		buf_str(&a->message,
		    "redirected, which is not followed: --base-url may name the new place");
	else if (!a->message.len && (reply->status != 200 || a->facts.status != 200))
		buf_printf(&a->message, "HTTP status %d%s", reply->status,
		    is_elsewhere(reply->status) ? ": no Gemini API there? check --base-url, "
						  "which ends before the version"
						: "");
	else if (!a->message.len && a->facts.content == CONTENT_JUNK)
		buf_str(&a->message, "an error without a reason");
}

void
gemini_read(const struct request *request, struct reply *reply, struct answer *a)
{
	struct json_value v[WANTED];

	answer_reset(a);
	a->facts.wire = reply->wire;
	a->facts.status = reply->status;
	a->facts.content = CONTENT_JUNK;
	if (reply->wire != WIRE_ANSWERED) {
		buf_slice(&a->message, buf_view(&reply->detail));
		return;
	}
	if (read_object(reply, v, a) == 0) {
		a->model = json_inside(&v[VERSION]);
		read_usage(v, a);
		if (v[ERROR].kind == JSON_OBJECT)
			gemini_read_error(&v[ERROR], a);
		else if (v[ERROR].kind == JSON_STRING) /* a gateway's */
			json_unescape(&a->message, json_inside(&v[ERROR]));
		else if (reply->status == 200)
			read_candidate(v, a);
	}
	if (a->facts.hint_ms < 0)
		a->facts.hint_ms = reply->retry_after_ms;
	if (a->facts.status == 404 && request->own_model && a->facts.refusal == REFUSAL_PLAIN)
		a->facts.refusal = REFUSAL_MODEL;
	complete_message(reply, a);
}
