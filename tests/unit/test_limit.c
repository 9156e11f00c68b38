// SPDX-License-Identifier: MIT
/*
 * The policies as tables: facts in, verdicts out; times in, times out.
 */
#include "limit/backoff.h"
#include "limit/budget.h"
#include "limit/verdict.h"
#include "tap.h"

struct row {
	struct facts facts;
	enum call_class class;
	enum action action;
	bool billed;
	const char *name;
};

#define HTTP(status, content, refusal) \
	{ \
		WIRE_ANSWERED, status, content, refusal, -1, 0, 0 \
	}
#define WIRE(wire) \
	{ \
		wire, 0, CONTENT_JUNK, REFUSAL_PLAIN, -1, 0, 0 \
	}

static const struct row rows[] = {
    {HTTP(200, CONTENT_TEXT, 0), CLASS_OK, ACTION_DONE, false, "an answer"},
    {HTTP(200, CONTENT_BLOCKED, 0), CLASS_BLOCKED, ACTION_FAIL, false, "a block is final"},
    {HTTP(200, CONTENT_CUT, 0), CLASS_TRUNCATED, ACTION_FAIL, false, "a cut answer is final"},
    {HTTP(200, CONTENT_EMPTY, 0), CLASS_EMPTY, ACTION_AMBIGUOUS, true, "an empty answer"},
    {HTTP(200, CONTENT_JUNK, 0), CLASS_INVALID, ACTION_AMBIGUOUS, true, "an unreadable answer"},
    {HTTP(204, CONTENT_JUNK, 0), CLASS_INVALID, ACTION_FAIL, false, "no content"},
    {HTTP(302, CONTENT_JUNK, 0), CLASS_REDIRECT, ACTION_FAIL, false, "a redirect"},
    {HTTP(400, CONTENT_JUNK, 0), CLASS_BAD_REQUEST, ACTION_FAIL, false, "400"},
    {HTTP(400, CONTENT_JUNK, REFUSAL_KEY), CLASS_AUTH, ACTION_REFUSED, false, "400 for the key"},
    {HTTP(400, CONTENT_JUNK, REFUSAL_SIZE), CLASS_TOO_LARGE, ACTION_FAIL, false,
	"400 for the size"},
    {HTTP(403, CONTENT_JUNK, REFUSAL_FILE), CLASS_BAD_REQUEST, ACTION_FAIL, false,
	"403 for a record's file"},
    {HTTP(401, CONTENT_JUNK, 0), CLASS_AUTH, ACTION_REFUSED, false, "401"},
    {HTTP(403, CONTENT_JUNK, 0), CLASS_AUTH, ACTION_REFUSED, false, "403"},
    {HTTP(404, CONTENT_JUNK, 0), CLASS_NOT_FOUND, ACTION_FAIL, false, "404 for a record's model"},
    {HTTP(404, CONTENT_JUNK, REFUSAL_MODEL), CLASS_NOT_FOUND, ACTION_REFUSED, false,
	"404 for the run's"},
    {HTTP(408, CONTENT_JUNK, 0), CLASS_TIMEOUT, ACTION_RETRY, false, "408"},
    {HTTP(413, CONTENT_JUNK, 0), CLASS_TOO_LARGE, ACTION_FAIL, false, "413"},
    {HTTP(429, CONTENT_JUNK, 0), CLASS_RATE, ACTION_WAIT, false, "429"},
    {HTTP(429, CONTENT_JUNK, REFUSAL_DAY), CLASS_QUOTA, ACTION_STOP, false, "429 for the day"},
    {HTTP(499, CONTENT_JUNK, 0), CLASS_OVERLOADED, ACTION_RETRY, false, "499"},
    {HTTP(500, CONTENT_JUNK, 0), CLASS_SERVER, ACTION_RETRY, false, "500"},
    {HTTP(502, CONTENT_JUNK, 0), CLASS_SERVER, ACTION_RETRY, false, "502"},
    {HTTP(503, CONTENT_JUNK, 0), CLASS_OVERLOADED, ACTION_RETRY, false, "503"},
    {HTTP(501, CONTENT_JUNK, 0), CLASS_SERVER, ACTION_FAIL, false, "501"},
    {HTTP(504, CONTENT_JUNK, 0), CLASS_TIMEOUT, ACTION_AMBIGUOUS, true, "504"},
    {HTTP(999, CONTENT_JUNK, 0), CLASS_INVALID, ACTION_FAIL, false, "999"},
    {WIRE(WIRE_UNSENT), CLASS_NETWORK, ACTION_RETRY, false, "never sent"},
    {WIRE(WIRE_UNTRUSTED), CLASS_TLS, ACTION_FAIL, false, "an untrusted certificate"},
    {WIRE(WIRE_LOST), CLASS_NETWORK, ACTION_AMBIGUOUS, true, "sent and lost"},
    {WIRE(WIRE_TIMEOUT), CLASS_TIMEOUT, ACTION_AMBIGUOUS, true, "sent and late"},
    {WIRE(WIRE_TOO_LARGE), CLASS_TOO_LARGE, ACTION_FAIL, true, "too large an answer"},
    {WIRE(WIRE_CANCELLED), CLASS_STOPPED, ACTION_FAIL, true, "given up"},
};

static void
test_verdicts(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict v = verdict_of(&rows[i].facts);

		ok(v.class == rows[i].class && v.action == rows[i].action &&
			v.maybe_billed == rows[i].billed,
		    "verdict: %s", rows[i].name);
	}
	for (int c = 0; c < CLASS_COUNT; c++) {
		const char *name = class_name((enum call_class)c);

		ok(class_named(name, strlen(name)) == (enum call_class)c, "class %s has its name",
		    name);
	}
}

static void
test_backoff(void)
{
	struct rng random;
	int64_t highest[9] = {0}, sum = 0, hinted = INT64_MAX, hinted_most = 0, unhinted = 0;

	rng_seed(&random, 7);
	for (unsigned n = 0; n < 9; n++) {
		for (int i = 0; i < 2000; i++) {
			int64_t ms = backoff_ms(n, -1, &random);

			highest[n] = ms > highest[n] ? ms : highest[n];
			sum += n == 3 ? ms : 0;
		}
	}
	ok(highest[0] < 1000 && highest[0] > 950, "the first wait is below 1 s");
	ok(highest[3] < 8000 && highest[3] > 7600, "the fourth below 8 s");
	ok(sum / 2000 > 3700 && sum / 2000 < 4300, "and uniform: 4 s on average");
	ok(highest[8] < 60000 && highest[8] > 57000, "and none above 60 s");
	for (int i = 0; i < 2000; i++) {
		int64_t ms = backoff_ms(0, 5000, &random);

		hinted = ms < hinted ? ms : hinted;
		hinted_most = ms > hinted_most ? ms : hinted_most;
	}
	ok(hinted == 5000 && hinted_most <= 5500 && hinted_most > 5400,
	    "a hint is the floor, a tenth more at most");
	for (int i = 0; i < 2000; i++) {
		int64_t ms = backoff_ms(3, 0, &random);

		unhinted = ms > unhinted ? ms : unhinted;
	}
	ok(unhinted > 7600, "a hint of nothing takes no wait away");
}

static void
test_retry_budget(void)
{
	ok(!backoff_budget_ms(19, 0, 0) && backoff_budget_ms(20, 0, 0) == 1000 &&
		backoff_budget_ms(25, 0, 2500) == 3500 && !backoff_budget_ms(25, 12, 0),
	    "a retry for two answers, one a second, and twenty to begin with");
}

static void
test_budget(void)
{
	struct budget b = {.most_calls = 3, .most_tokens = 1000};

	ok(budget_estimate(&b, 10, 500) == 510 && !budget_reserve(&b, 1001) &&
		budget_reserve(&b, 510),
	    "before it has learned, the most that a call may take is reserved");
	ok(!budget_reserve(&b, 500), "what is reserved is not there for others");
	budget_correct(&b, 510, 1, 100);
	ok(!budget_reserve(&b, 901) && budget_reserve(&b, 900), "what was not taken is given back");
	budget_correct(&b, 900, 0, 0);
	ok(b.calls == 1 && b.tokens == 100, "a call that did not go out costs nothing");
	ok(budget_reserve(&b, 10) && budget_reserve(&b, 10) && !budget_reserve(&b, 0),
	    "the bound on calls");
	for (int i = 1; i <= 60; i++)
		histogram_add(&b.output, i);
	ok(budget_estimate(&b, 10, 500) == 70, "then what 99 of 100 answers have not exceeded");
}

int
main(void)
{
	test_retry_budget();
	test_budget();
	test_verdicts();
	test_backoff();
	return tap_done();
}
