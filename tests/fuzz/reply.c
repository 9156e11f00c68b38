// SPDX-License-Identifier: MIT
/*
 * Any bytes as a server's answer. The first byte chooses the status, the rest is the body. What
 * is read of it is a success only with a finish reason and text, is never an answer and junk at
 * once, and makes one line of strict JSON in each shape of the output.
 */
#include "api/api.h"
#include "fuzz.h"
#include "record/result.h"

static void
check_line(const struct record *record, const struct answer *answer, struct call_facts *facts)
{
	struct buf line = {0};
	struct json_error error;

	for (enum emit emit = EMIT_NATIVE; emit <= EMIT_GEMINI; emit++) {
		buf_reset(&line);
		result_write(&line, emit, record, answer, facts);
		MUST(!json_scan(buf_view(&line), NULL, &error));
		MUST(!memchr(line.data, '\n', line.len));
	}
	buf_free(&line);
}

static void
check_answer(const struct answer *a, int status, enum call_class class)
{
	bool good = class == CLASS_OK;

	MUST(!good || (status == 200 && a->has_text && slice_equal(a->finish, slice_of("STOP"))));
	MUST(good || a->message.len);
	MUST(a->facts.hint_ms >= -1 && a->facts.quota >= 0);
	MUST(!a->has_usage || (a->usage.in >= 0 && a->usage.out >= 0 && a->usage.think >= 0 &&
				  a->usage.cached >= 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int statuses[] = {200, 200, 200, 400, 403, 404, 429, 500, 503, 302, 0};
	static const char line[] = "{\"id\":1,\"prompt\":\"x\"}";
	struct reply reply = {.retry_after_ms = -1, .sent = 1};
	struct request request = {.own_model = true};
	struct answer answer = {0};
	struct record record = {0};
	struct call_facts facts = {.attempts = 1, .at = "2026-01-01T00:00:00.000Z"};

	if (!n)
		return 0;
	reply.status = statuses[data[0] % (sizeof statuses / sizeof *statuses)];
	reply.wire = reply.status ? WIRE_ANSWERED : WIRE_LOST;
	buf_str(&reply.detail, "connection lost");
	buf_add(&reply.body, data + 1, n - 1);
	buf_str(&request.model, "gemini-flash-latest");
	record_parse(&record, line, sizeof line - 1);
	api_gemini.read(&request, &reply, &answer);
	facts.class = verdict_of(&answer.facts).class;
	facts.has_usage = answer.has_usage;
	facts.usage = answer.usage;
	check_answer(&answer, reply.status, facts.class);
	check_line(&record, &answer, &facts);
	record_free(&record);
	answer_free(&answer);
	request_free(&request);
	reply_free(&reply);
	return 0;
}
