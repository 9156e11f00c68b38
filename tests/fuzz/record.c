// SPDX-License-Identifier: MIT
/*
 * Any line as a request record. It is called, with a path that nothing but a model's name has come
 * into and a body that is strict JSON; or it has a problem, and its result is a line all the same.
 * A record keeps the bytes of its line.
 */
#include "api/api.h"
#include "fuzz.h"
#include "record/result.h"

static const char *
build(const struct record *record)
{
	static const struct api_defaults defaults = {.version = "v1beta", .model = "m-1"};
	struct request request = {0};
	struct json_error error;
	const char *reason = NULL;

	if (api_gemini.build(&defaults, record, &request, &reason)) {
		MUST(reason);
	} else {
		MUST(!json_scan(buf_view(&request.body), NULL, &error));
		MUST(strncmp(request.path.data, "/v1beta/", 8) == 0);
		MUST(strlen(request.path.data) == request.path.len);
		MUST(!strpbrk(request.path.data, " \t\r\n\v\f\"#%?\\<>"));
		MUST(!strstr(request.path.data, "/../"));
		MUST(api_gemini.most_output(&request) >= 0);
	}
	request_free(&request);
	return reason;
}

static void
check_failure(const struct record *record, const char *why)
{
	struct call_facts facts = {.class = CLASS_INPUT, .first_ms = -1};
	struct answer answer = {0};
	struct buf line = {0};
	struct json_error error;

	buf_str(&answer.message, why);
	for (enum emit emit = EMIT_NATIVE; emit <= EMIT_GEMINI; emit++) {
		buf_reset(&line);
		result_write(&line, emit, record, &answer, &facts);
		MUST(!json_scan(buf_view(&line), NULL, &error));
		MUST(!memchr(line.data, '\n', line.len));
	}
	buf_free(&line);
	answer_free(&answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *end = memchr(data, '\n', n);
	struct record record = {0};
	struct slice line = padded(data, end ? (size_t)(end - data) : n, '\n');
	const char *why;

	record_parse(&record, line.p, line.n);
	MUST(record.line.len == line.n && memcmp(record.line.data, line.p, line.n) == 0);
	MUST(record.column <= line.n + 1);
	why = record.problem ? record.problem : build(&record);
	if (why)
		check_failure(&record, why);
	record_free(&record);
	free((char *)line.p);
	return 0;
}
