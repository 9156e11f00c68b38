// SPDX-License-Identifier: MIT
/*
 * What goes over the wire to Gemini, byte for byte, and what its replies are
 * taken for.
 */
#include "api/api.h"
#include "tap.h"

static struct api_defaults defaults = {.version = "v1beta", .model = "m1"};

static void
builds(const char *line, const char *path, const char *body, const char *name)
{
	struct record record = {0};
	struct request request = {0};
	const char *reason = NULL;

	record_parse(&record, line, strlen(line));
	ok(!record.problem && api_gemini.build(&defaults, &record, &request, &reason) == 0, "%s",
	    name);
	is_str(buf_view(&request.path), path, "its path");
	is_str(buf_view(&request.body), body, "its body");
	record_free(&record);
	request_free(&request);
}

#define PATH "/v1beta/models/m1:generateContent"
#define CONTENTS "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"p\\u00e9\"}]}]"

static void
test_build(void)
{
	struct buf system = {0};
	struct json_value none = {0};

	builds("{\"prompt\":\"p\\u00e9\"}", PATH, "{" CONTENTS "}", "a prompt");
	builds("\"p\\u00e9\"", PATH, "{" CONTENTS "}", "a string");
	builds("{\"text\":\"p\\u00e9\",\"ask\":{\"model\":\"models/x-2\"}}",
	    "/v1beta/models/x-2:generateContent", "{" CONTENTS "}", "a record's own model");
	builds("{\"prompt\":\"p\\u00e9\",\"ask\":{\"system\":\"s\",\"config\":{\"topK\":1}}}", PATH,
	    "{" CONTENTS ",\"systemInstruction\":{\"parts\":[{\"text\":\"s\"}]},"
	    "\"generationConfig\":{\"topK\":1}}",
	    "system and config");
	builds("{\"prompt\":\"p\\u00e9\",\"ask\":{\"body\":{\"store\":false}}}", PATH,
	    "{" CONTENTS ",\"store\":false}", "a merged body");
	builds("{\"key\":\"k\",\"request\":{\"contents\":[1.50]}}", PATH, "{\"contents\":[1.50]}",
	    "a batch line");
	builds("{\"id\":1,\"contents\":[],\"metadata\":{},\"tools\":[]}", PATH,
	    "{\"contents\":[],\"tools\":[]}", "a raw request");
	builds("{\"contents\":[],\"systemInstruction\":{\"parts\":[1]},\"generationConfig\":"
	       "{\"topP\":1},\"ask\":{\"system\":\"s\",\"config\":{\"topK\":1}}}",
	    PATH,
	    "{\"contents\":[],\"systemInstruction\":{\"parts\":[{\"text\":\"s\"}]},"
	    "\"generationConfig\":{\"topP\":1,\"topK\":1}}",
	    "a raw request that asks for more: no member twice");
	buf_str(&system, "be \"brief\"");
	api_gemini.base(&defaults.base, &system, &none, &none);
	builds("{\"prompt\":\"p\\u00e9\"}", PATH,
	    "{\"systemInstruction\":{\"parts\":[{\"text\":\"be \\\"brief\\\"\"}]}," CONTENTS "}",
	    "a default");
	builds("{\"prompt\":\"p\\u00e9\",\"ask\":{\"system\":\"s\"}}", PATH,
	    "{\"systemInstruction\":{\"parts\":[{\"text\":\"s\"}]}," CONTENTS "}",
	    "a record beats the default");
	builds("{\"contents\":[],\"generationConfig\":{\"responseJsonSchema\":{\"default\":null}}}",
	    PATH,
	    "{\"systemInstruction\":{\"parts\":[{\"text\":\"be \\\"brief\\\"\"}]},\"contents\":[],"
	    "\"generationConfig\":{\"responseJsonSchema\":{\"default\":null}}}",
	    "a raw request keeps its nulls");
	builds("{\"contents\":[],\"systemInstruction\":{\"role\":\"x\",\"parts\":[]}}", PATH,
	    "{\"systemInstruction\":{\"parts\":[],\"role\":\"x\"},\"contents\":[]}",
	    "and what is its own");
	buf_free(&system);
	buf_free(&defaults.base);
}

static struct answer answer;

static struct verdict
reads(int status, const char *body)
{
	struct request request = {.own_model = true};
	static struct reply reply;

	reply_reset(&reply);
	reply.wire = WIRE_ANSWERED;
	reply.status = status;
	reply.sent = 1;
	buf_str(&reply.body, body);
	api_gemini.read(&request, &reply, &answer);
	return verdict_of(&answer.facts);
}

#define QUOTA(violations, delay) \
	"{\"error\":{\"code\":429,\"message\":\"slow down\",\"status\":\"RESOURCE_EXHAUSTED\"," \
	"\"details\":[{\"@type\":\"type.googleapis.com/" \
	"google.rpc.QuotaFailure\",\"violations\":[" violations "]}," \
	"{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"" delay "\"}]}}"
#define MINUTE \
	"{\"quotaId\":\"GenerateRequestsPerMinutePerProjectPerModel-FreeTier\",\"quotaValue\":" \
	"\"5\"}"
#define DAY \
	"{\"quotaId\":\"GenerateRequestsPerDayPerProjectPerModel-FreeTier\",\"quotaValue\":" \
	"\"20\"}"

static void
test_success(void)
{
	struct verdict v = reads(200,
	    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"think\",\"thought\":true},{"
	    "\"text\":\"A\\n\"},"
	    "{\"inlineData\":{}},{\"text\":\"\\ud83d\\ude00\"}]},\"finishReason\":\"STOP\"}],"
	    "\"usageMetadata\":"
	    "{\"promptTokenCount\":7,\"candidatesTokenCount\":2,\"thoughtsTokenCount\":5,"
	    "\"toolUsePromptTokenCount\":1},\"modelVersion\":\"m-1\"}");

	ok(v.class == CLASS_OK, "an answer is a success");
	is_str(buf_view(&answer.text), "A\\n\\ud83d\\ude00",
	    "its parts joined as they came, without thoughts");
	ok(answer.usage.in == 8 && answer.usage.out == 2 && answer.usage.think == 5, "its tokens");
	is_str(answer.model, "m-1", "its model");
	reads(200, "{\"usageMetadata\":{\"promptTokenCount\":9223372036854775807,"
		   "\"candidatesTokenCount\":9000000000000000000,"
		   "\"thoughtsTokenCount\":-1,\"toolUsePromptTokenCount\":1}}");
	ok(answer.usage.in == 1000000000001 && answer.usage.out == 1000000000000 &&
		answer.usage.think == 0,
	    "counts that no call can have are cut: sums of them do not overflow");
	ok(reads(200, "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},"
		      "\"finishReason\":\"STOP\"}]}]")
		    .class
		== CLASS_OK,
	    "an array around the only object is passed through");
}

static void
test_not_quite(void)
{
	ok(reads(200, "{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}").class == CLASS_BLOCKED,
	    "a blocked prompt");
	ok(reads(200, "{\"candidates\":[{\"content\":{},\"finishReason\":\"SAFETY\"}]}").class ==
		CLASS_BLOCKED,
	    "a blocked answer");
	ok(reads(200, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},"
		      "\"finishReason\":\"NEW_WORD\"}]}")
		    .class
		== CLASS_BLOCKED,
	    "a finish reason that nobody knows is no success");
	ok(reads(200, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},"
		      "\"finishReason\":\"MAX_TOKENS\"}]}")
			.class
		    == CLASS_TRUNCATED &&
		answer.has_text,
	    "a cut answer keeps its text");
	ok(reads(200, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]}}]}").class ==
		CLASS_TRUNCATED,
	    "no finish reason is cut");
	ok(reads(200, "{\"candidates\":[]}").class == CLASS_EMPTY, "no candidate is empty");
	ok(reads(200, "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{}}]},"
		      "\"finishReason\":\"STOP\"}]}")
			.action == ACTION_FAIL &&
		slice_is(answer.other, "inlineData"),
	    "a picture is an answer without text, and not asked for again");
	ok(reads(200, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\",\"thought\":true},"
		      "{\"thoughtSignature\":\"x\"}]},\"finishReason\":\"STOP\"}]}")
			.action == ACTION_AMBIGUOUS &&
		!answer.other.n,
	    "thoughts alone are empty");
	ok(reads(200, "{}").class == CLASS_EMPTY, "so is an empty object");
	ok(reads(200, "").class == CLASS_INVALID, "an empty body is invalid");
	ok(reads(200, "<html>").class == CLASS_INVALID, "so is HTML");
	ok(reads(200, "{\"candidates\":[{\"content\":{\"parts\":[{\"te").class == CLASS_INVALID,
	    "so is half an answer");
	ok(reads(200, "{\"error\":{\"code\":503,\"message\":\"overloaded\"}}").class ==
		CLASS_OVERLOADED,
	    "an error inside a 200 is that error");
	ok(reads(200, "{\"error\":\"boom\"}").class == CLASS_INVALID, "one in a word is no answer");
	is_str(buf_view(&answer.message), "boom", "and its message");
	ok(reads(502, "{\"error\":\"no route\"}").class == CLASS_SERVER, "nor is it of a 502");
	is_str(buf_view(&answer.message), "no route", "whose message it is");
	ok(reads(200, "\xef\xbb\xbf{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},"
		      "\"finishReason\":\"STOP\"}]}")
		    .class
		== CLASS_OK,
	    "a byte order mark before an answer is passed over");
}

static void
test_quotas(void)
{
	ok(reads(429, QUOTA(MINUTE, "37.5s")).action == ACTION_WAIT &&
		answer.facts.hint_ms == 37500,
	    "a quota per minute is waited for");
	ok(reads(429, QUOTA(MINUTE "," DAY, "1s")).action == ACTION_STOP,
	    "one per day among them is not");
	ok(reads(429, QUOTA("{\"quotaId\":\"XPerMinute\",\"quotaValue\":\"0\"}", "1s")).action ==
		ACTION_STOP,
	    "nor is a quota of nothing");
	ok(reads(429, "{\"error\":{\"code\":429,\"message\":\"x limit: 0, model: y\"}}").action ==
		ACTION_STOP,
	    "also when only the message says so");
	ok(reads(429,
	       "{\"error\":{\"code\":429,\"message\":\"limit: 0.5\\nPlease retry in 900.2ms.\"}}")
			.action == ACTION_WAIT &&
		answer.facts.hint_ms == 901,
	    "the wait is read from the message when there is no other");
	ok(reads(429, "{\"error\":{\"code\":429,\"message\":\"Please retry in 1h2m3.4s.\"}}")
			.action == ACTION_WAIT &&
		answer.facts.hint_ms == 3723400,
	    "in hours and minutes too");
	ok(reads(429, QUOTA("{\"quotaMetric\":\"x/requests_per_model_per_day\"}", "1s")).action ==
		ACTION_STOP,
	    "a day's quota without an id is known by its metric");
	ok(reads(429, QUOTA("{\"quotaId\":\"TokensPerMinute\",\"quotaValue\":\"250000\"},"
			    "{\"quotaId\":\"RequestsPerMinute\"}",
			  "1s"))
			.action == ACTION_WAIT &&
		answer.facts.unit == QUOTA_TOKENS && answer.facts.quota == 250000,
	    "a quota's value stays with its unit");
	ok(reads(403,
	       "{\"error\":{\"code\":403,\"message\":\"CachedContent not found (or permission "
	       "denied)\"}}")
		    .action == ACTION_FAIL,
	    "a cache that a record names is its record's fault");
	ok(reads(429, QUOTA(MINUTE, "99999999999999999999s")).action == ACTION_WAIT &&
		answer.facts.hint_ms == 1000000000000,
	    "a delay of twenty digits is a long one");
	ok(reads(429, "").action == ACTION_WAIT && answer.facts.hint_ms == -1,
	    "a 429 without details");
}

static void
test_errors(void)
{
	ok(reads(400, "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"API "
		      "key not valid.\",\"details\":["
		      "{\"@type\":\"type.googleapis.com/"
		      "google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}]}}")
		    .action == ACTION_REFUSED,
	    "a bad key comes as 400");
	ok(reads(400, "{\"error\":{\"code\":400,\"status\":\"FAILED_PRECONDITION\"}}").action ==
		ACTION_REFUSED,
	    "a region or an account that is refused");
	ok(reads(400,
	       "{\"error\":{\"code\":400,\"status\":\"FAILED_PRECONDITION\",\"message\":\"The "
	       "File abc is not in an ACTIVE state.\"}}")
		    .action == ACTION_FAIL,
	    "a file that is not ready is its record's fault, not the account's");
	ok(reads(403,
	       "{\"error\":{\"code\":403,\"status\":\"PERMISSION_DENIED\",\"message\":\"You do "
	       "not have permission to access the File abc or it may not exist.\"}}")
		    .action == ACTION_FAIL,
	    "one that is gone, likewise");
	ok(reads(400, "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"API "
		      "key not valid.\"}}")
		    .action == ACTION_FAIL,
	    "a phrase alone decides nothing");
	ok(reads(404, "not found").action == ACTION_REFUSED,
	    "404 for the run's own model, whatever its body");
	ok(reads(429, "{\"error\":{\"code\":8,\"message\":\"slow down\"}}").action == ACTION_WAIT,
	    "a gateway's code of gRPC does not take the place of the HTTP status");
	reads(302, "{\"error\":{\"code\":302,\"message\":\"moved\"}}");
	ok(slice_starts(buf_view(&answer.message), "redirected, "),
	    "a redirect is told alone, whatever its body");
	ok(reads(502, "<html>").class == CLASS_SERVER, "HTML of the front end");
	is_str(buf_view(&answer.message), "HTTP status 502", "is told by its status");
	reads(501, "<html>");
	is_str(buf_view(&answer.message),
	    "HTTP status 501: no Gemini API there? check --base-url, which ends before the version",
	    "and with what is likely");
}

static int64_t
most(const char *output_tokens)
{
	struct request q = {0};
	int64_t n;

	buf_printf(&q.body, "{\"generationConfig\":{\"maxOutputTokens\":%s}}", output_tokens);
	n = api_gemini.most_output(&q);
	buf_free(&q.body);
	return n;
}

static void
test_most_output(void)
{
	int64_t otherwise = most("null");

	ok(most("7") == 7 && otherwise > 7, "what an answer may have at most");
	ok(most("-1") == otherwise && most("9223372036854775807") == otherwise,
	    "is no number that the API does not take");
	ok(most("7,\"candidateCount\":3") == 21 && most("7,\"candidateCount\":1e9") == 7,
	    "of each candidate");
}

int
main(void)
{
	test_build();
	test_success();
	test_not_quite();
	test_quotas();
	test_errors();
	test_most_output();
	return tap_done();
}
