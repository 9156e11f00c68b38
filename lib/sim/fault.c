// SPDX-License-Identifier: MIT
/* The bodies of errors, as the API writes them. */
#include "sim/fault.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "text/json_string.h"

#define SERVICE "generativelanguage.googleapis.com"
#define TYPE "\"@type\":\"type.googleapis.com/google.rpc."
#define HELP \
	"{" TYPE "Help\",\"links\":[{\"description\":\"Learn more about Gemini API quotas\"," \
	"\"url\":\"https://ai.google.dev/gemini-api/docs/rate-limits\"}]}"
#define BAD_KEY "API key not valid. Please pass a valid API key."

/*
 * The first row with a status is the usual one; the last, without a name, is that of all others.
 * No canonical code: a page of the front end.
 */
static const struct fault {
	int status;
	const char *name;
	const char *canonical;
	const char *message;
	const char *details; /* the items of the array, or NULL */
} faults[] = {
    {400, "argument", "INVALID_ARGUMENT", "Request contains an invalid argument.", NULL},
    {400, "key", "INVALID_ARGUMENT", BAD_KEY,
	"{" TYPE "ErrorInfo\",\"reason\":\"API_KEY_INVALID\",\"domain\":\"googleapis.com\","
	"\"metadata\":{\"service\":\"" SERVICE "\"}},{" TYPE
	"LocalizedMessage\",\"locale\":\"en-US\",\"message\":\"" BAD_KEY "\"}"},
    {400, "location", "FAILED_PRECONDITION", "User location is not supported for the API use.",
	NULL},
    {401, "token", "UNAUTHENTICATED",
	"Request had invalid authentication credentials. Expected OAuth 2 access token, "
	"login cookie or other valid authentication credential.",
	"{" TYPE "ErrorInfo\",\"reason\":\"ACCESS_TOKEN_TYPE_UNSUPPORTED\","
	"\"metadata\":{\"service\":\"" SERVICE "\",\"method\":"
	"\"google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent\"}}"},
    {403, "unregistered", "PERMISSION_DENIED",
	"Method doesn't allow unregistered callers (callers without established identity). "
	"Please use API Key or other form of API consumer identity to call this API.",
	NULL},
    {403, "leaked", "PERMISSION_DENIED",
	"Your API key was reported as leaked. Please use another API key.", NULL},
    {404, "missing", "NOT_FOUND", "Requested entity was not found.", NULL},
    {404, "page", NULL, "Not Found", NULL},
    {408, "request-timeout", NULL, "Request Timeout", NULL},
    {413, "too-large", NULL, "Request Entity Too Large", NULL},
    {429, "exhausted", "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).",
	NULL},
    {499, "cancelled", "CANCELLED", "The operation was cancelled.", NULL},
    {500, "internal", "INTERNAL",
	"An internal error has occurred. Please retry or report in "
	"https://developers.generativeai.google/guide/troubleshooting",
	NULL},
    {502, "bad-gateway", NULL, "Bad Gateway", NULL},
    {503, "demand", "UNAVAILABLE",
	"This model is currently experiencing high demand. Spikes in demand are usually temporary. "
	"Please try again later.",
	NULL},
    {503, "overloaded", "UNAVAILABLE", "The model is overloaded. Please try again later.", NULL},
    {504, "deadline", "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.",
	NULL},
    {0, NULL, "UNKNOWN", "An unknown error occurred.", NULL},
};

static bool
envelope(struct sim_answer *a, int status, const char *canonical, struct slice message,
    const char *details)
{
	struct buf *out = &a->body;

	sim_answer_free(a);
	a->status = status;
	buf_printf(out, "{\"error\":{\"code\":%d", status);
	json_field(out, "message", message);
	json_field(out, "status", slice_of(canonical));
	if (details)
		buf_printf(out, ",\"details\":[%s]", details);
	buf_str(out, "}}");
	sim_answer_piece(a);
	return false;
}

/* What Google's front end says when the service itself does not. */
static bool
page(struct sim_answer *a, int status, const char *message)
{
	sim_answer_free(a);
	a->status = status;
	a->type = SIM_TYPE_HTML;
	buf_printf(&a->body,
	    "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n"
	    "  <title>Error %d (%s)!!1</title>\n  <p><b>%d.</b> <ins>That\xe2\x80\x99s an "
	    "error.</ins>\n",
	    status, status < 500 ? message : "Server Error", status);
	sim_answer_piece(a);
	return false;
}

static bool
row_answer(struct sim_answer *a, int status, const struct fault *row)
{
	if (!row->canonical)
		return page(a, status, row->message);
	return envelope(a, status, row->canonical, slice_of(row->message), row->details);
}

static const struct fault *
row_of(int status)
{
	const struct fault *row = faults;

	while (row->name && row->status != status)
		row++;
	return row;
}

bool
sim_fault_status(struct sim_answer *a, int status)
{
	return row_answer(a, status, row_of(status));
}

bool
sim_fault_name(struct sim_answer *a, const char *name)
{
	for (const struct fault *row = faults; row->name; row++) {
		if (strcmp(row->name, name) == 0)
			return row_answer(a, row->status, row);
	}
	return sim_fault_text(a, 400, "gem-sim knows no error '%s'", name);
}

bool
sim_fault_text(struct sim_answer *a, int status, const char *format, ...)
{
	struct buf message = {0};
	va_list args;

	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	envelope(a, status, row_of(status)->canonical, buf_view(&message), NULL);
	buf_free(&message);
	return false;
}

bool
sim_fault_unknown_field(struct sim_answer *a, struct slice where, struct slice name)
{
	struct buf message = {0}, details = {0};

	buf_str(&message, "Invalid JSON payload received. Unknown name \"");
	buf_slice(&message, name);
	buf_char(&message, '"');
	if (where.n)
		buf_printf(&message, " at '%.*s'", (int)where.n, where.p);
	buf_str(&message, ": Cannot find field.");
	buf_str(&details, "{" TYPE "BadRequest\",\"fieldViolations\":[{");
	if (where.n)
		json_field(&details, "field", where);
	json_field(&details, "description", buf_view(&message));
	buf_str(&details, "}]}");
	envelope(a, 400, "INVALID_ARGUMENT", buf_view(&message), details.data);
	buf_free(&message);
	buf_free(&details);
	return false;
}

/* Below a second the service's message counts in milliseconds, else in seconds. */
static void
message_delay(struct buf *out, int64_t delay_ms)
{
	if (delay_ms < 1000)
		buf_printf(out, "\nPlease retry in %" PRId64 "ms.", delay_ms);
	else
		buf_printf(out, "\nPlease retry in %" PRId64 ".%03ds.", delay_ms / 1000,
		    (int)(delay_ms % 1000));
}

/* A protobuf Duration: 0 or 3 decimals. */
static void
retry_info(struct buf *out, int64_t delay_ms)
{
	buf_printf(out, ",{" TYPE "RetryInfo\",\"retryDelay\":\"%" PRId64, delay_ms / 1000);
	if (delay_ms % 1000)
		buf_printf(out, ".%03d", (int)(delay_ms % 1000));
	buf_str(out, "s\"}");
}

static void
violation(struct buf *out, const struct sim_violation *v, const char *model)
{
	buf_char(out, '{');
	json_name(out, "quotaMetric");
	buf_printf(out, "\"" SERVICE "/%s\"", v->metric);
	json_field(out, "quotaId", slice_of(v->id));
	json_name(out, "quotaDimensions");
	buf_printf(out, "{\"location\":\"global\",\"model\":\"%s\"}", model);
	if (v->limit) /* proto3: a zero is not written */
		buf_printf(out, ",\"quotaValue\":\"%" PRId64 "\"", v->limit);
	buf_char(out, '}');
}

bool
sim_fault_quota(struct sim_answer *a, const struct sim_refusal *r, const char *model)
{
	struct buf message = {0}, details = {0};

	buf_str(&message,
	    "You exceeded your current quota, please check your plan and billing details. "
	    "For more information on this error, head to: "
	    "https://ai.google.dev/gemini-api/docs/rate-limits.");
	if (r->count)
		buf_str(&details, "{" TYPE "QuotaFailure\",\"violations\":[");
	for (size_t i = 0; i < r->count; i++) {
		const struct sim_violation *v = &r->violations[i];

		buf_printf(&message,
		    "\n* Quota exceeded for metric: " SERVICE "/%s, limit: %" PRId64 ", model: %s",
		    v->metric, v->limit, model);
		if (i)
			buf_char(&details, ',');
		violation(&details, v, model);
	}
	buf_str(&details, r->count ? "]}," HELP : HELP);
	if (r->delay_ms >= 0) {
		message_delay(&message, r->delay_ms);
		retry_info(&details, r->delay_ms);
	}
	envelope(a, 429, "RESOURCE_EXHAUSTED", buf_view(&message), details.data);
	buf_free(&message);
	buf_free(&details);
	return false;
}

const struct sim_refusal *
sim_refusal_named(const char *name)
{
	static const struct {
		const char *name;
		struct sim_refusal refusal;
	} refusals[] = {
	    {"minute", {{{SIM_REQUESTS, SIM_PER_MINUTE, 5}}, 1, 37214}},
	    {"tokens", {{{SIM_TOKENS, SIM_TOKENS_PER_MINUTE, 250000}}, 1, 11769}},
	    {"day", {{{SIM_REQUESTS, SIM_PER_DAY, 20}}, 1, 51820600}},
	    {"both",
		{{{SIM_REQUESTS, SIM_PER_DAY, 20}, {SIM_REQUESTS, SIM_PER_MINUTE, 5}}, 2, 1000}},
	    {"zero", {{{SIM_REQUESTS, SIM_PER_MINUTE, 0}}, 1, 30500}},
	    {"helponly", {{{0}}, 0, -1}},
	};

	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		if (strcmp(refusals[i].name, name) == 0)
			return &refusals[i].refusal;
	}
	return NULL;
}
