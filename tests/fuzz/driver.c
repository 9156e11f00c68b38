// SPDX-License-Identifier: MIT
/*
 * Runs a fuzz target where libFuzzer is not to be had, with its options:
 *
 *     TARGET [-runs=N] [-max_total_time=SECONDS] [-seed=S] [FILE|FOLDER]...
 *
 * First each file, then texts made from them. Text number i depends on the
 * files and the seed S + i alone, so `-seed=S+i -runs=1` makes it again. The
 * target runs in a child: if that ends, by whatever way, the parent makes the
 * text again, keeps it beside the program as TARGET.failed, and names it.
 * Prints a line of TAP.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/rng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Longer texts are cut: an error of one is hardly found by reading it. */
#define TEXT_MAX 4096
#define CHANGES_MAX 5
#define FRESH_WORDS_MAX 60

struct seeds {
	struct buf *texts;
	char **names;
	size_t count;
};

/* What random bytes would seldom hit upon: JSON, UTF-8 at its bounds, graphemes, framing, jq. */
static const struct slice words[] = {SLICE_INIT("{"), SLICE_INIT("}"), SLICE_INIT("["),
    SLICE_INIT("]"), SLICE_INIT(","), SLICE_INIT(":"), SLICE_INIT("\""), SLICE_INIT("\\"),
    SLICE_INIT(" "), SLICE_INIT("\t"), SLICE_INIT("\n"), SLICE_INIT("\r\n"), SLICE_INIT("\0"),
    SLICE_INIT("\x1f"), SLICE_INIT("\x7f"), SLICE_INIT("null"), SLICE_INIT("true"),
    SLICE_INIT("false"), SLICE_INIT("nul"), SLICE_INIT("0"), SLICE_INIT("-"), SLICE_INIT("1.5"),
    SLICE_INIT("1e9"), SLICE_INIT("E+"), SLICE_INIT(".0"), SLICE_INIT("e-308"),
    SLICE_INIT("123456789012345"), SLICE_INIT("9007199254740993"), SLICE_INIT("\"a\":"),
    SLICE_INIT("\"b\":"), SLICE_INIT("\"\\u0061\":"), SLICE_INIT("{\"a\":{\"b\":1}}"),
    SLICE_INIT(",\"c\":\"x\""), SLICE_INIT("[1,2]"), SLICE_INIT("\"\""), SLICE_INIT("\\n"),
    SLICE_INIT("\\u"), SLICE_INIT("\\u0000"), SLICE_INIT("\\ud83d\\ude00"), SLICE_INIT("\\ud800"),
    SLICE_INIT("\\udc00"), SLICE_INIT("\x80"), SLICE_INIT("\xbf"), SLICE_INIT("\xc1\xbf"),
    SLICE_INIT("\xc2\x80"), SLICE_INIT("\xc3\xa9"), SLICE_INIT("\xe0\xa0\x80"),
    SLICE_INIT("\xe0\x9f\xbf"), SLICE_INIT("\xe6\xbc\xa2"), SLICE_INIT("\xed\x9f\xbf"),
    SLICE_INIT("\xed\xa0\x80"), SLICE_INIT("\xef\xbb\xbf"), SLICE_INIT("\xef\xbf\xbd"),
    SLICE_INIT("\xf0\x90\x80\x80"), SLICE_INIT("\xf0\x8f\xbf\xbf"), SLICE_INIT("\xf0\x9f\x98\x80"),
    SLICE_INIT("\xf4\x8f\xbf\xbf"), SLICE_INIT("\xf4\x90\x80\x80"), SLICE_INIT("\xff"),
    SLICE_INIT("abcdefghijklmnop"), SLICE_INIT("\\("), SLICE_INIT("\\(.a)"), SLICE_INIT(".a"),
    SLICE_INIT(".b"), SLICE_INIT("[0]"), SLICE_INIT("[-1]"), SLICE_INIT("[\"b\"]"), SLICE_INIT("?"),
    SLICE_INIT(" // "), SLICE_INIT("\"\"\""), SLICE_INIT(",\"")};

static void
add_seed(struct seeds *seeds, const char *name)
{
	struct buf *text;
	FILE *file = fopen(name, "rb");

	if (!file) {
		perror(name);
		exit(2);
	}
	seeds->texts = mem_resize(seeds->texts, seeds->count + 1, sizeof *seeds->texts);
	seeds->names = mem_resize(seeds->names, seeds->count + 1, sizeof *seeds->names);
	seeds->names[seeds->count] = mem_dup(name, strlen(name));
	text = &seeds->texts[seeds->count++];
	*text = (struct buf){0};
	text->len = fread(buf_room(text, TEXT_MAX), 1, TEXT_MAX, file);
	fclose(file);
}

/* A file, or all files of a folder, in the order of their names. */
static void
add_seeds(struct seeds *seeds, const char *name)
{
	struct dirent **entries = NULL;
	int n = scandir(name, &entries, NULL, alphasort);

	if (n < 0)
		add_seed(seeds, name);
	for (int i = 0; i < n; i++) {
		struct buf path = {0};

		buf_printf(&path, "%s/%s", name, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			add_seed(seeds, path.data);
		buf_free(&path);
		free(entries[i]);
	}
	free(entries);
}

static void
free_seeds(struct seeds *seeds)
{
	for (size_t i = 0; i < seeds->count; i++) {
		buf_free(&seeds->texts[i]);
		free(seeds->names[i]);
	}
	free(seeds->texts);
	free(seeds->names);
}

static struct slice
part_of(const struct buf *text, struct rng *r)
{
	size_t from = rng_below(r, text->len + 1);

	return (struct slice){buf_view(text).p + from,
	    rng_below(r, (text->len - from < 40 ? text->len - from : 40) + 1)};
}

/* A word, a byte, or some bytes of a file. */
static void
add_something(struct buf *out, const struct seeds *seeds, struct rng *r)
{
	switch (rng_below(r, seeds->count ? 4 : 3)) {
	case 0: buf_char(out, (char)rng_below(r, 256)); break;
	case 3: buf_slice(out, part_of(&seeds->texts[rng_below(r, seeds->count)], r)); break;
	default: buf_slice(out, words[rng_below(r, sizeof words / sizeof *words)]); break;
	}
}

/* Somewhere in the text, some bytes (none, one, a few, many) become something else or nothing. */
static void
change(struct buf *text, const struct seeds *seeds, struct rng *r)
{
	static const size_t reach[] = {1, 2, 6, 50};
	size_t at = rng_below(r, text->len + 1), gone = rng_below(r, reach[rng_below(r, 4)]);
	struct buf rest = {0};

	if (gone > text->len - at)
		gone = text->len - at;
	buf_add(&rest, buf_view(text).p + at + gone, text->len - at - gone);
	buf_cut(text, at);
	if (rng_below(r, 4))
		add_something(text, seeds, r);
	buf_slice(text, buf_view(&rest));
	buf_free(&rest);
}

/* Text number i: a file, a changed one, or a new one out of nothing but words. */
static void
make_text(struct buf *text, const struct seeds *seeds, uint64_t seed, uint64_t i)
{
	struct rng r;
	size_t changes;

	buf_reset(text);
	if (i < seeds->count) {
		buf_slice(text, buf_view(&seeds->texts[i]));
		return;
	}
	rng_seed(&r, seed + i - seeds->count);
	if (seeds->count && rng_below(&r, 8)) {
		buf_slice(text, buf_view(&seeds->texts[rng_below(&r, seeds->count)]));
		for (changes = 1 + rng_below(&r, CHANGES_MAX); changes; changes--)
			change(text, seeds, &r);
	} else {
		for (changes = rng_below(&r, FRESH_WORDS_MAX); changes; changes--)
			add_something(text, seeds, &r);
	}
	if (text->len > TEXT_MAX)
		buf_cut(text, TEXT_MAX);
}

/* A text that takes so long is an endless loop. */
#define TEXT_SECONDS 30

/* The target gets the bytes and not one more, so that AddressSanitizer sees what is read beyond. */
static void
run_text(const struct buf *text)
{
	uint8_t *copy = mem_resize(NULL, text->len + !text->len, 1);

	memcpy(copy, buf_view(text).p, text->len);
	alarm(TEXT_SECONDS);
	LLVMFuzzerTestOneInput(copy, text->len);
	free(copy);
}

struct limits {
	uint64_t seed;
	uint64_t runs; /* of changed texts */
	time_t end;    /* 0: none */
};

static void
run_all(const struct seeds *seeds, const struct limits *limits, volatile uint64_t *at)
{
	struct buf text = {0};

	for (; *at < seeds->count + limits->runs; ++*at) {
		if (limits->end && *at % 64 == 0 && time(NULL) >= limits->end)
			break;
		make_text(&text, seeds, limits->seed, *at);
		run_text(&text);
	}
	buf_free(&text);
}

static void
report_failure(const char *program, const struct seeds *seeds, uint64_t seed, uint64_t i)
{
	struct buf text = {0}, name = {0};
	FILE *file;

	make_text(&text, seeds, seed, i);
	buf_printf(&name, "%s.failed", program);
	file = fopen(name.data, "wb");
	if (file) {
		fwrite(buf_view(&text).p, 1, text.len, file);
		fclose(file);
	}
	printf("not ok - fuzz %s: ", basename(program));
	if (i < seeds->count)
		printf("%s", seeds->names[i]);
	else
		printf("the text of -seed=%llu", (unsigned long long)(seed + i - seeds->count));
	printf(", kept as %s\n", name.data);
	buf_free(&text);
	buf_free(&name);
}

static void
read_options(int argc, char **argv, struct limits *limits, struct seeds *seeds)
{
	for (int i = 1; i < argc; i++) {
		unsigned long long n;

		if (sscanf(argv[i], "-runs=%llu", &n) == 1)
			limits->runs = n;
		else if (sscanf(argv[i], "-seed=%llu", &n) == 1)
			limits->seed = n;
		else if (sscanf(argv[i], "-max_total_time=%llu", &n) == 1)
			limits->end = time(NULL) + (time_t)n;
		else
			add_seeds(seeds, argv[i]);
	}
	if (limits->end && !limits->runs)
		limits->runs = UINT64_MAX / 2;
}

/* The child's part: 0, unless it does not come back. */
static int
work(struct seeds *seeds, const struct limits *limits, volatile uint64_t *at)
{
	run_all(seeds, limits, at);
	free_seeds(seeds);
	return 0;
}

int
main(int argc, char **argv)
{
	struct seeds seeds = {0};
	struct limits limits = {.seed = 1};
	volatile uint64_t *at = mmap(NULL, sizeof *at, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0); /* the text that the child is at */
	int status = 0;
	pid_t child;

	if (at == MAP_FAILED)
		return 2;
	read_options(argc, argv, &limits, &seeds);
	child = fork();
	if (child == 0)
		return work(&seeds, &limits, at);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 2;
	if (status)
		report_failure(argv[0], &seeds, limits.seed, *at);
	else
		printf("ok - fuzz %s: %zu files and %llu texts made from them\n", basename(argv[0]),
		    seeds.count, (unsigned long long)(*at - seeds.count));
	free_seeds(&seeds);
	return status != 0;
}
