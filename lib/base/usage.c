// SPDX-License-Identifier: MIT
/* Walks over the table, once for each text that it can give. */
#include "base/usage.h"

#include <string.h>

/* Where the help text starts in the usage, so that it fits 80 columns with most options. */
#define HELP_COLUMN 30

/* The rows that every program has. */
const struct cli_option cli_common[CLI_COMMON] = {
    {NULL, 0, CLI_SECTION, 0, NULL, "Help"},
    {"help", 0, CLI_FLAG, 0, NULL, "print this and exit"},
    {"version", 0, CLI_FLAG, 0, NULL, "print the version and those of the libraries, and exit"},
    {"completion", 0, CLI_TEXT, 0, "bash|fish", "print a completion script and exit"},
    {NULL, 0, CLI_SECTION, 0, NULL, NULL},
};

bool
cli_is_end(const struct cli_option *o)
{
	return !o->name && !o->help;
}

static void
usage_row(struct buf *out, const struct cli_option *o)
{
	size_t start = out->len;

	if (!o->name) {
		buf_printf(out, "\n%s:\n", o->help);
		return;
	}
	if (o->letter)
		buf_printf(out, "  -%c, --%s", o->letter, o->name);
	else
		buf_printf(out, "      --%s", o->name);
	if (o->arg)
		buf_printf(out, " %s", o->arg);
	if (out->len - start + 2 > HELP_COLUMN) {
		buf_char(out, '\n');
		start = out->len;
	}
	while (out->len - start < HELP_COLUMN)
		buf_char(out, ' ');
	buf_printf(out, "%s\n", o->help);
}

void
cli_usage(const struct cli_program *p, struct buf *out)
{
	buf_printf(out, "usage: %s [options] %s\n%s\n", p->name, p->operands, p->summary);
	for (const struct cli_option *o = p->options; !cli_is_end(o); o++)
		usage_row(out, o);
	for (const struct cli_option *o = cli_common; !cli_is_end(o); o++)
		usage_row(out, o);
	buf_printf(out, "\nSee %s(1), gem(7) and gem-record(5).\n", p->name);
}

static void
fish_row(struct buf *out, const char *program, const struct cli_option *o)
{
	buf_printf(out, "complete -c %s -l %s", program, o->name);
	if (o->letter)
		buf_printf(out, " -s %c", o->letter);
	if (o->arg)
		buf_str(out, " -r");
	buf_str(out, " -d '");
	for (const char *p = o->help; *p; p++)
		buf_printf(out, *p == '\'' || *p == '\\' ? "\\%c" : "%c", *p);
	buf_str(out, "'\n");
}

static void
completion_rows(const struct cli_program *p, const struct cli_option *o, bool fish, struct buf *out)
{
	for (; !cli_is_end(o); o++) {
		if (o->name && fish)
			fish_row(out, p->name, o);
		else if (o->name)
			buf_printf(out, " --%s", o->name);
	}
}

int
cli_completion(const struct cli_program *p, const char *shell, struct buf *out)
{
	bool fish = strcmp(shell, "fish") == 0;

	if (!fish && strcmp(shell, "bash") != 0)
		return -1;
	if (!fish)
		buf_str(out, "complete -o default -W \"");
	completion_rows(p, p->options, fish, out);
	completion_rows(p, cli_common, fish, out);
	if (!fish)
		buf_printf(out, "\" %s\n", p->name);
	return 0;
}

void
cli_version(const struct cli_program *p, struct buf *out)
{
	buf_printf(out, "%s %s\n", p->name, GEM_VERSION);
	if (p->libraries)
		buf_printf(out, "%s\n", p->libraries);
}
