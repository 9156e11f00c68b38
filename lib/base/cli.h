// SPDX-License-Identifier: MIT
/*
 * The command line: one option table is the parser, the usage text and the
 * shell completions; and the exit statuses that all programs share.
 *
 * A program describes itself in a struct cli_program; its options land in a
 * struct of its own, each at the offset that its table row names. The last
 * row has a NULL name and a NULL help. Text values are borrowed from argv.
 * May call: base/num, base/mem, base/buf. Prints and exits, as little else in lib/
 * does (lib/README.md).
 */
#ifndef BASE_CLI_H
#define BASE_CLI_H

#include <stddef.h>

#include "base/buf.h"

enum cli_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,   /* finished, some records failed */
	STATUS_TROUBLE = 2,  /* usage, configuration, I/O */
	STATUS_STOPPED = 3,  /* stopped early by policy */
	STATUS_REFUSED = 4,  /* the key or the model was refused before any success */
	STATUS_SIGNAL = 128, /* + the number of the signal */
};

enum cli_kind {       /* the type of the member at `offset` */
	CLI_SECTION,  /* none: a heading in the usage text, which stands in `help` */
	CLI_FLAG,     /* bool */
	CLI_TEXT,     /* const char * */
	CLI_OUTPUT,   /* const char *: a file to write, which "-" is not */
	CLI_LIST,     /* struct cli_list: the option may be given again */
	CLI_COUNT,    /* int64_t */
	CLI_DURATION, /* int64_t, milliseconds */
	CLI_SIZE,     /* size_t, bytes */
	CLI_RATE,     /* double, per second */
	CLI_CHOICE,   /* int: which of the words of `arg`, which reads "one|two|three" */
	CLI_PAIR,     /* struct cli_list: the option takes two words, and may be given again; each
			 time adds three items: the option's name and the words. Rows may share
			 a list: it keeps their order. */
};

struct cli_list {
	const char **items;
	size_t count;
};

void cli_list_add(struct cli_list *list, const char *item); /* borrowed */

struct cli_option {
	const char *name; /* the long name, without dashes */
	char letter;      /* the short one, or 0 */
	enum cli_kind kind;
	size_t offset;
	const char *arg;  /* what the usage calls the value; NULL: there is none */
	const char *help; /* one line, lower case, with the default where there is one */
};

struct cli_program {
	const char *name;
	const char *operands;  /* as in the synopsis: "[FILE...]" */
	const char *summary;   /* one sentence */
	const char *libraries; /* for --version, or NULL */
	const struct cli_option *options;
};

/*
 * To be called first in main: opens descriptors 0-2 where the caller closed
 * them, the wrong way round so that using one is an error and no file of
 * ours lands there; ignores SIGPIPE and SIGXFSZ, which write(2) reports.
 */
void cli_start(void);

/*
 * For a program with other things to do than to wait for whoever reads its messages: one that a
 * pipe or a terminal does not take within a second is lost, and so is what it does not take at once
 * after that. (Standard error gets a description of its own, which does not block; the one it
 * came with is shared with others.)
 */
void cli_do_not_wait(void);

/*
 * Fills `values` from argv; returns the index of the first operand, operands
 * having been moved behind the options. Answers --help, --version and
 * --completion, and exits 2 with a hint on a wrong option.
 */
int cli_parse(const struct cli_program *program, void *values, int argc, char **argv);

/* One line on stderr, "program: message"; control bytes in it are escaped. */
void cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void cli_die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a file that cannot be read: "program: name: reason". */
void cli_warn_file(const char *name, const char *reason);

/* Dies with status 2 and the message, unless the status of what was done is 0. */
void cli_check(int status, const struct buf *error);

/* What was made of the option's value; dies likewise, with the reason, when that is NULL. */
void *cli_made(const char *option, void *made, const struct buf *reason);

/* One line on stderr as it is, without the program's name. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A line on a terminal's stderr that the next one takes the place of, whoever writes it: the
 * cursor stays at its start, and each message clears the rest of its line. "" clears it.
 */
void cli_bar(const char *text);

/* Writes the text to standard output and closes it; -1 with errno. */
int cli_print(struct slice text);

/* The exit status of output that failed with this errno: a reader that went away is no news. */
int cli_output_failed(int error);

/* Appends the value of an option that takes TEXT or @FILE. -1 with the message for the user. */
int cli_text(const char *option, const char *value, struct buf *out, struct buf *error);

/* A hint when a person has typed the program alone and it waits for a terminal. */
void cli_hint_terminal(int fd);

#endif
