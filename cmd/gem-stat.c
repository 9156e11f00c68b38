// SPDX-License-Identifier: MIT
/*
 * gem-stat: what a run did, told from its results.
 *
 * Reads result lines (api/batch, record/outcome), adds them up (record/report)
 * and prints a table or one JSON object at the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/batch.h"
#include "base/cli.h"
#include "base/signals.h"
#include "record/report.h"
#include "stream/input.h"
#include "stream/rejects.h"
#include "stream/writer.h"

struct options {
	bool json;
};

static const struct cli_option table[] = {
    {NULL, 0, CLI_SECTION, 0, NULL, "Output"},
    {"json", 0, CLI_FLAG, offsetof(struct options, json), NULL, "one JSON object, for programs"},
    {NULL, 0, CLI_SECTION, 0, NULL, NULL},
};

struct gem_stat {
	struct options o;
	struct input input;
	struct report report;
	struct batch_reader lines;
	struct rejects bad;
};

static void
reject(struct gem_stat *g, const struct reader_record *at, const char *reason, size_t column)
{
	struct reject what = reject_of(&g->input, at, column, reason);

	rejects_add(&g->bad, &what);
}

static void
read_all(struct gem_stat *g)
{
	struct reader_record at;
	enum reader_status status;

	while ((status = input_read(&g->input, &at)) != READER_END) {
		struct json_error error;
		struct outcome o;

		if (status == READER_TOO_LONG)
			reject(g, &at, READER_OVER_MAX, 1);
		else if (batch_read(&g->lines, &o, (struct slice){at.p, at.n}, &error))
			reject(g, &at, error.reason, error.offset + 1);
		else
			report_add(&g->report, &o);
	}
}

/* Nothing in, nothing out. */
static int
print(const struct gem_stat *g)
{
	struct writer writer;

	writer_init(&writer, STDOUT_FILENO);
	if (!report_is_empty(&g->report)) {
		(g->o.json ? report_json : report_text)(&g->report, &writer.bytes);
		writer_end_record(&writer);
	}
	return writer_close(&writer) ? cli_output_failed(errno) : STATUS_OK;
}

int
main(int argc, char **argv)
{
	static const struct cli_program program = {"gem-stat", "[RESULT...]",
	    "Tells what a run did: counts, failures, tokens, times.", NULL, table};
	struct gem_stat g = {.bad.warn = cli_warn};
	int first, status;

	cli_start();
	first = cli_parse(&program, &g.o, argc, argv);
	input_init(&g.input, READER_LINE, argv + first, (size_t)(argc - first), cli_warn_file);
	if (input_reads(&g.input, STDOUT_FILENO))
		cli_die(STATUS_TROUBLE, INPUT_IS_OUTPUT);
	if (first == argc)
		cli_hint_terminal(STDIN_FILENO);
	read_all(&g);
	if (g.bad.untold)
		cli_warn("%" PRIu64 " more lines like these are not named", g.bad.untold);
	status = print(&g);
	if (status == STATUS_OK && g.bad.told)
		status = STATUS_FAILED;
	if (status <= STATUS_FAILED && g.input.trouble)
		status = STATUS_TROUBLE;
	rejects_close(&g.bad);
	input_free(&g.input);
	batch_reader_free(&g.lines);
	signals_exit(status);
}
