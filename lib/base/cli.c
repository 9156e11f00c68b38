// SPDX-License-Identifier: MIT
/*
 * The table is turned into what getopt_long wants, and each value is put where its
 * row says.
 */
#include "base/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/usage.h"

/* What getopt_long returns for a row of the table: FIRST_ROW + its index, above every letter. */
#define FIRST_ROW 256

/* One read of an @FILE. */
#define READ_BYTES 65536

int
cli_text(const char *option, const char *value, struct buf *out, struct buf *error)
{
	const char *why = NULL;
	int fd;
	ssize_t n;

	if (*value != '@') {
		buf_str(out, value);
		return 0;
	}
	fd = strcmp(++value, "-") == 0 ? STDIN_FILENO : open(value, O_RDONLY | O_CLOEXEC);
	do {
		n = fd < 0 ? -1 : read(fd, buf_room(out, READ_BYTES), READ_BYTES);
		if (n >= 0)
			buf_filled(out, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		why = strerror(errno);
	else if (memchr(out->data, '\0', out->len))
		why = "a NUL in it is no text";
	if (why)
		buf_printf(error, "option '--%s': file '%s': %s", option, value, why);
	if (fd > STDIN_FILENO)
		close(fd);
	return why ? -1 : 0;
}

void
cli_hint_terminal(int fd)
{
	if (isatty(fd))
		cli_warn("reading from the terminal; end with Ctrl-D (see '%s --help')",
		    program_invocation_short_name);
}

void
cli_start(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(STATUS_TROUBLE);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* Answers a row of `common` on stdout and exits. */
static _Noreturn void
answer(const struct cli_program *p, const struct cli_option *o, const char *value)
{
	struct buf out = {0};

	if (strcmp(o->name, "help") == 0)
		cli_usage(p, &out);
	else if (strcmp(o->name, "version") == 0)
		cli_version(p, &out);
	else if (cli_completion(p, value, &out))
		cli_die(STATUS_TROUBLE, "no completion for shell '%s': bash or fish", value);
	if (cli_print(buf_view(&out)))
		exit(cli_output_failed(errno));
	exit(STATUS_OK);
}

/* The index of `word` among the words of "one|two|three", or -1. */
static int
choice(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (int i = 0;; i++) {
		size_t length = strcspn(words, "|");

		if (length == n && strncmp(words, word, n) == 0)
			return i;
		if (!words[length])
			return -1;
		words += length + 1;
	}
}

void
cli_list_add(struct cli_list *list, const char *item)
{
	list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = item;
}

/* Puts the value where it belongs; -1 when it is not of the option's kind. */
static int
assign(const struct cli_option *o, void *values, const char *text)
{
	void *to = (char *)values + o->offset;

	switch (o->kind) {
	case CLI_SECTION:
	case CLI_PAIR: return -1;
	case CLI_FLAG: *(bool *)to = true; return 0;
	case CLI_TEXT: *(const char **)to = text; return 0;
	case CLI_OUTPUT: *(const char **)to = text; return strcmp(text, "-") ? 0 : -1;
	case CLI_LIST: cli_list_add(to, text); return 0;
	case CLI_COUNT: return num_count(text, to);
	case CLI_DURATION: return num_duration_ms(text, to);
	case CLI_SIZE: return num_size(text, to);
	case CLI_RATE: return num_rate(text, to);
	case CLI_CHOICE: return (*(int *)to = choice(o->arg, text)) < 0 ? -1 : 0;
	}
	return -1;
}

static const char *
kind_example(const struct cli_option *o)
{
	switch (o->kind) {
	case CLI_COUNT: return "a whole number such as 20";
	case CLI_DURATION: return "a duration such as 500ms, 30s or 5m";
	case CLI_SIZE: return "a size such as 64K or 10M";
	case CLI_RATE: return "a rate such as 60/m or 5/s";
	case CLI_CHOICE: return o->arg;
	case CLI_OUTPUT: return "a file such as out.ndjson or ./-";
	case CLI_PAIR: return "a name and a value";
	case CLI_SECTION:
	case CLI_FLAG:
	case CLI_TEXT:
	case CLI_LIST: break;
	}
	return "a value";
}

/* The rows of both tables as getopt_long wants them. */
struct parser {
	struct option *longs;
	const struct cli_option **rows;
	size_t count;
	struct buf letters;
};

static void
parser_add(struct parser *s, const struct cli_option *o)
{
	for (; !cli_is_end(o); o++) {
		int has_arg = o->kind == CLI_FLAG ? no_argument : required_argument;

		if (!o->name)
			continue;
		s->longs = mem_resize(s->longs, s->count + 2, sizeof *s->longs);
		s->rows = mem_resize(s->rows, s->count + 1, sizeof(struct cli_option *));
		s->longs[s->count] = (struct option){
		    o->name, has_arg, NULL, FIRST_ROW + (int)s->count};
		s->rows[s->count++] = o;
		s->longs[s->count] = (struct option){0};
		if (o->letter)
			buf_printf(&s->letters, "%c%s", o->letter, has_arg ? ":" : "");
	}
}

static const struct cli_option *
row_of(const struct parser *s, int code)
{
	if (code >= FIRST_ROW)
		return s->rows[code - FIRST_ROW];
	for (size_t i = 0; i < s->count; i++) {
		if (s->rows[i]->letter == code)
			return s->rows[i];
	}
	return NULL;
}

static bool
is_common(const struct cli_option *o)
{
	return o >= cli_common && o < cli_common + CLI_COMMON;
}

/* Without its value, which may be a secret. */
static _Noreturn void
unknown(const struct cli_program *p, const char *word)
{
	cli_die(STATUS_TROUBLE, "unknown option '%.*s' (try '%s --help')", (int)strcspn(word, "="),
	    word, p->name);
}

static _Noreturn void
wrong(const struct cli_program *p, const struct parser *s, int code, char **argv)
{
	const struct cli_option *o = optopt ? row_of(s, optopt) : NULL;

	if (code == ':' && o)
		cli_die(STATUS_TROUBLE, "option '--%s' needs %s", o->name, kind_example(o));
	if (o && o->kind == CLI_FLAG)
		cli_die(STATUS_TROUBLE, "option '--%s' takes no value", o->name);
	if (optopt && optopt < FIRST_ROW)
		cli_die(STATUS_TROUBLE, "unknown option '-%c' (try '%s --help')", optopt, p->name);
	unknown(p, argv[optind - 1]);
}

/*
 * getopt_long takes --key for --key-file: here a name is whole, so that what was
 * meant for an option that does not exist is not taken, nor shown, as another's.
 */
static void
check_whole(const struct cli_program *p, const struct cli_option *o, char **argv)
{
	const char *word = argv[optind - 1 - (optarg && optarg == argv[optind - 1])];

	if (strncmp(word, "--", 2) == 0 && strcspn(word + 2, "=") != strlen(o->name))
		unknown(p, word);
}

/* Its second word is one that getopt_long has not come to yet, whatever it looks like. */
static void
take_pair(const struct cli_option *o, void *values, int argc, char **argv)
{
	struct cli_list *list = (void *)((char *)values + o->offset);

	if (optind == argc)
		cli_die(STATUS_TROUBLE, "option '--%s' needs %s", o->name, kind_example(o));
	cli_list_add(list, o->name);
	cli_list_add(list, optarg);
	cli_list_add(list, argv[optind++]);
}

int
cli_parse(const struct cli_program *p, void *values, int argc, char **argv)
{
	struct parser s = {0};
	int code;

	buf_char(&s.letters, ':');
	parser_add(&s, p->options);
	parser_add(&s, cli_common);
	opterr = 0;
	while ((code = getopt_long(argc, argv, s.letters.data, s.longs, NULL)) != -1) {
		const struct cli_option *o = code == '?' || code == ':' ? NULL : row_of(&s, code);

		if (!o)
			wrong(p, &s, code, argv);
		if (code >= FIRST_ROW)
			check_whole(p, o, argv);
		if (is_common(o))
			answer(p, o, optarg);
		if (o->kind == CLI_PAIR)
			take_pair(o, values, argc, argv);
		else if (assign(o, values, optarg))
			cli_die(STATUS_TROUBLE, "option '--%s': '%s' is not %s", o->name, optarg,
			    kind_example(o));
	}
	free(s.longs);
	free(s.rows);
	buf_free(&s.letters);
	return optind;
}
