// SPDX-License-Identifier: MIT
/*
 * generate KIND SIZE [results]: NDJSON to measure with, the same bytes each time.
 *
 * Logs are about 250 bytes a record, chats 2 KB, documents 50 KB; 2 % of the
 * characters are not ASCII, of chats-intl 50 %. Members come and go, and words
 * do not repeat in any period (words.h). With `results` each record is what
 * gem-call makes of it, in the order in which 64 at once come back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "words.h"

#define IN_FLIGHT 64

struct generator {
	struct words words;
	struct buf record; /* the one at work */
	uint64_t n;        /* its number, from 0 */
};

static uint64_t
below(struct generator *g, uint64_t bound)
{
	return rng_below(&g->words.rng, bound);
}

static const char *
one_of(struct generator *g, const char *const *table, size_t n)
{
	return table[below(g, n)];
}

#define ONE_OF(g, ...) \
	one_of(g, (const char *const[]){__VA_ARGS__}, \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* A member whose value is text; the name brings its comma and colon. */
static void
text(struct generator *g, const char *name, size_t bytes)
{
	buf_str(&g->record, name);
	buf_char(&g->record, '"');
	words_text(&g->words, &g->record, bytes);
	buf_char(&g->record, '"');
}

static void
word(struct generator *g, const char *name)
{
	buf_str(&g->record, name);
	buf_char(&g->record, '"');
	words_one(&g->words, &g->record);
	buf_char(&g->record, '"');
}

/* Eight members, and up to four more. */
static void
log_members(struct generator *g)
{
	struct buf *out = &g->record;

	buf_printf(out, "\"id\":%" PRIu64 ",\"ts\":\"2026-11-%02uT%02u:%02u:%02u.%03uZ\"", g->n,
	    1 + (unsigned)below(g, 30), (unsigned)below(g, 24), (unsigned)below(g, 60),
	    (unsigned)below(g, 60), (unsigned)below(g, 1000));
	buf_printf(out, ",\"level\":\"%s\",\"host\":\"web-%u\"",
	    ONE_OF(g, "INFO", "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "WARN", "ERROR"),
	    (unsigned)below(g, 40));
	if (below(g, 2))
		buf_printf(out, ",\"path\":\"/api/v%u/items/%u\"", 1 + (unsigned)below(g, 3),
		    (unsigned)below(g, 1000000));
	buf_printf(out, ",\"status\":%s,\"bytes\":%u,\"ms\":%u.%u",
	    ONE_OF(g, "200", "200", "200", "201", "304", "404", "503"),
	    (unsigned)below(g, 1U << below(g, 24)), (unsigned)below(g, 500),
	    (unsigned)below(g, 100));
	if (below(g, 3) == 0)
		buf_printf(out, ",\"cached\":%s", ONE_OF(g, "true", "false", "null"));
	if (below(g, 3) == 0)
		word(g, ",\"user\":");
	if (below(g, 4) == 0)
		buf_printf(out,
		    ",\"trace\":{\"id\":\"%016" PRIx64 "\",\"span\":%u,\"tags\":[\"%s\"]}",
		    rng_next(&g->words.rng), (unsigned)below(g, 100),
		    ONE_OF(g, "a", "slow", "retry"));
	text(g, ",\"msg\":", 20 + below(g, 60));
}

static void
chat_members(struct generator *g)
{
	struct buf *out = &g->record;
	size_t bytes = 400 + below(g, 2400);

	buf_printf(out, "\"id\":\"c-%016" PRIx64 "\",\"messages\":[", rng_next(&g->words.rng));
	for (unsigned turn = 0; turn == 0 || out->len < bytes; turn++) {
		buf_str(out, turn ? ",{\"role\":\"" : "{\"role\":\"");
		buf_str(out, turn % 2 ? "assistant\"" : "user\"");
		text(g, ",\"content\":", 20 + below(g, turn % 2 ? 1200 : 400));
		buf_char(out, '}');
	}
	buf_printf(out, "],\"meta\":{\"model\":%s,\"score\":%.3f,\"stars\":%u}",
	    ONE_OF(g, "\"small\"", "\"large\"", "null"), rng_unit(&g->words.rng),
	    (unsigned)below(g, 6));
}

static void
document_members(struct generator *g)
{
	buf_printf(&g->record, "\"id\":\"d%" PRIu64 "\"", g->n);
	text(g, ",\"title\":", 20);
	text(g, ",\"text\":", 10000 + below(g, 80000));
	buf_printf(&g->record, ",\"pages\":%u", 1 + (unsigned)below(g, 30));
}

/* What gem-call adds: see gem-record(5). */
static void
result_members(struct generator *g)
{
	struct rng *r = &g->words.rng;

	text(g, ",\"prompt\":", 40);
	text(g, ",\"response\":", 40);
	buf_printf(&g->record,
	    ",\"success\":true,\"call\":{\"model\":\"gemini-flash\",\"status\":200,\"finish\":"
	    "\"STOP\","
	    "\"usage\":{\"in\":%u,\"out\":%u,\"think\":0,\"cached\":0},\"attempts\":1,"
	    "\"ms\":{\"wait\":%u,\"first\":%u,\"total\":%u},\"at\":\"2026-11-22T10:%02u:%02u.%"
	    "03uZ\","
	    "\"seq\":%" PRIu64 ",\"fp\":\"%016" PRIx64 "%016" PRIx64 "\"}",
	    (unsigned)below(g, 1000), (unsigned)below(g, 1000), (unsigned)below(g, 100),
	    (unsigned)below(g, 1000), (unsigned)below(g, 5000), (unsigned)below(g, 60),
	    (unsigned)below(g, 60), (unsigned)below(g, 1000), g->n, rng_next(r), rng_next(r));
}

struct kind {
	const char *name;
	void (*members)(struct generator *g);
	double share; /* of the characters that is not ASCII */
};

static const struct kind kinds[] = {
    {"logs", log_members, 0.02},
    {"chats", chat_members, 0.02},
    {"chats-intl", chat_members, 0.5},
    {"documents", document_members, 0.02},
};

static void
make(struct generator *g, const struct kind *kind, bool results)
{
	buf_reset(&g->record);
	buf_char(&g->record, '{');
	kind->members(g);
	if (results)
		result_members(g);
	buf_str(&g->record, "}\n");
	words_end(&g->words, &g->record);
	g->n++;
}

static void
put(const struct buf *record)
{
	if (record->len)
		fwrite(record->data, 1, record->len, stdout);
}

/* A new call takes the place of the one that has just come back, which is any of them. */
static void
generate(struct generator *g, const struct kind *kind, size_t size, bool results)
{
	struct buf flight[IN_FLIGHT] = {{0}};
	size_t made = 0;

	while (made < size) {
		make(g, kind, results);
		made += g->record.len;
		if (results)
			buf_swap(&g->record, &flight[below(g, IN_FLIGHT)]);
		put(&g->record);
	}
	for (size_t i = 0; i < IN_FLIGHT; i++) {
		put(&flight[i]);
		buf_free(&flight[i]);
	}
}

static const struct kind *
find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	struct generator g = {0};
	const struct kind *kind = argc > 2 ? find_kind(argv[1]) : NULL;
	size_t size;

	if (!kind || num_size(argv[2], &size) < 0) {
		fputs("usage: generate logs|chats|chats-intl|documents SIZE [results]\n", stderr);
		return 2;
	}
	words_init(&g.words, 1, kind->share);
	generate(&g, kind, size, argc > 3);
	words_free(&g.words);
	buf_free(&g.record);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("generate");
		return 2;
	}
	return 0;
}
