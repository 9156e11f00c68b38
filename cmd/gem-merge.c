// SPDX-License-Identifier: MIT
/*
 * gem-merge: result records in; results, texts, documents or the next requests out.
 *
 * A line is read (record/outcome; a batch's line is made a native one by
 * api/batch), put into order (record/order) and given to record/merge, which
 * chooses, gathers and shapes. This file is the option table, the way of a line
 * through these rooms, and the account of what came in.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/batch.h"
#include "base/cli.h"
#include "base/secret.h"
#include "base/signals.h"
#include "record/merge.h"
#include "record/order.h"
#include "stream/input.h"
#include "stream/output.h"
#include "stream/rejects.h"

struct options {
	bool gather, ok, failed, raw, summary, verbose;
	const char *field, *separator, *template, *filter;
	struct cli_list args;
	size_t buffer, max_record;
	const char *rejects;
};

#define AT(member) offsetof(struct options, member)

static const struct cli_option table[] = {
    {NULL, 0, CLI_SECTION, 0, NULL, "Which results"},
    {"ok", 0, CLI_FLAG, AT(ok), NULL, "successes only"},
    {"failed", 0, CLI_FLAG, AT(failed), NULL, "failures only, as the requests that they were"},
    {"filter", 0, CLI_TEXT, AT(filter), "JQ", "take what this jq program makes of each result"},
    {NULL, 0, CLI_SECTION, 0, NULL, "What --filter and --template know"},
    {"arg", 0, CLI_PAIR, AT(args), "NAME TEXT", "$NAME is this text"},
    {"argjson", 0, CLI_PAIR, AT(args), "NAME JSON", "$NAME is this value"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Documents"},
    {"gather", 'g', CLI_FLAG, AT(gather), NULL, "join the answers to the pieces of a document"},
    {"field", 0, CLI_TEXT, AT(field), "NAME", "with --gather: join this field of the pieces"},
    {"sep", 0, CLI_TEXT, AT(separator), "TEXT", "with --gather: between the pieces (a newline)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Order"},
    {"buffer-size", 'S', CLI_SIZE, AT(buffer), "SIZE", "memory for results out of order (256M)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Output"},
    {"template", 't', CLI_TEXT, AT(template), "TEXT|@FILE", "make each success the next request"},
    {"raw-output", 'r', CLI_FLAG, AT(raw), NULL, "the text of the answers only"},
    {"summary", 0, CLI_FLAG, AT(summary), NULL, "one line of counts instead of the results"},
    {NULL, 0, CLI_SECTION, 0, NULL, "What is rejected"},
    {"rejects", 0, CLI_OUTPUT, AT(rejects), "FILE", "keep the bytes of rejected lines in FILE"},
    {"max-record", 0, CLI_SIZE, AT(max_record), "SIZE", "reject longer lines (64M; 0: take any)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Messages"},
    {"verbose", 'v', CLI_FLAG, AT(verbose), NULL, "name all rejects, and what became of the input"},
    {NULL, 0, CLI_SECTION, 0, NULL, NULL},
};

struct gem_merge {
	struct options o;
	struct input input;
	struct output output;
	struct order order;
	struct jq_shared jq;
	struct merge merge;
	struct batch_reader lines;
	bool duplicate_warned;
};

static void
complain(void *context, struct slice message)
{
	(void)context;
	cli_warn("%.*s", (int)message.n, message.p);
}

static void
tell_losses(struct gem_merge *g)
{
	for (const char *warning; (warning = jq_shared_warning(&g->jq));)
		cli_warn("%s", warning);
}

static void
give(void *context, const struct outcome *o)
{
	struct gem_merge *g = context;
	int status = merge_result(&g->merge, o);

	g->output.account.used += status > 0;
	g->output.account.dropped += status == 0;
	if (status < 0)
		output_reject(&g->output, &(struct reject){.raw = json_raw(&o->whole),
					      .delimiter = '\n',
					      .reason = g->merge.reason.data});
	tell_losses(g);
}

static void
reject(struct gem_merge *g, const struct reader_record *at, const char *reason, size_t column)
{
	struct reject what = reject_of(&g->input, at, column, reason);

	what.byte = column ? at->offset + column : 0;
	output_reject(&g->output, &what);
}

/* The file that holds what does not fit into memory is full, or gone. */
static _Noreturn void
spill_failed(struct gem_merge *g)
{
	int error = errno;

	output_flush(&g->output);
	cli_die(STATUS_TROUBLE,
	    "%s: %s: results that wait for those before them lie there: set TMPDIR to a folder "
	    "with more room, or keep more in memory with --buffer-size",
	    spill_folder(), strerror(error));
}

static void
read_line(struct gem_merge *g, const struct reader_record *at)
{
	struct json_error error;
	struct outcome o;

	if (batch_read(&g->lines, &o, (struct slice){at->p, at->n}, &error)) {
		reject(g, at, error.reason, error.offset + 1);
		return;
	}
	if (o.duplicate && !g->duplicate_warned)
		cli_warn("records have a field more than once: the last one counts");
	g->duplicate_warned |= o.duplicate;
	if (o.seq == RECORD_NO_SEQ)
		give(g, &o);
	else if (order_add(&g->order, &o, g->input.at))
		spill_failed(g);
}

static void
read_all(struct gem_merge *g)
{
	struct reader_record at;
	enum reader_status status;

	while (!g->output.writer.error && (status = input_read(&g->input, &at)) != READER_END) {
		if (status == READER_TOO_LONG)
			reject(g, &at, INPUT_TOO_LONG, 0);
		else
			read_line(g, &at);
	}
	if (order_end(&g->order))
		spill_failed(g);
	merge_end(&g->merge);
	tell_losses(g);
}

static void
tell_numbers(const struct order_names *names, const char *what)
{
	if (names->count)
		cli_warn("call.seq %s%s %s: %" PRIu64 " in all", names->text.data,
		    names->ranges > ORDER_NAMED_MAX ? ", ..." : "", what, names->count);
}

static int
finish(struct gem_merge *g)
{
	bool kept;

	if (g->o.summary && g->merge.summary.records) {
		summary_line(&g->merge.summary, -1, &g->output.writer.bytes);
		writer_end_record(&g->output.writer);
	}
	kept = output_close(
	    &g->output, g->input.records + g->input.blanks, g->input.blanks, UINT64_MAX);
	if (g->output.writer.error)
		return cli_output_failed(g->output.writer.error);
	tell_numbers(&g->order.missing, "never came");
	tell_numbers(&g->order.restarts, "came before: taken for the start of another run");
	tell_numbers(&g->order.again, "came more than once");
	if (g->merge.gather.repeated)
		cli_warn("%" PRIu64 " pieces came after their document was complete: passed over; "
			 "is it another document with the same id (gem-split --id)?",
		    g->merge.gather.repeated);
	if (g->order.restarts.count)
		cli_warn("results of several runs? gem-call -k --journal FILE writes those of one, "
			 "in its order");
	if (!kept || g->input.trouble)
		return STATUS_TROUBLE;
	if (g->output.account.rejected || g->merge.gather.repeated || g->merge.unusable ||
	    (g->merge.failures && !g->o.ok && !g->o.failed))
		return STATUS_FAILED;
	return STATUS_OK;
}

static void
refuse(bool when, const char *why)
{
	if (when)
		cli_die(STATUS_TROUBLE, "%s", why);
}

static void
check_options(const struct options *o)
{
	refuse((o->field || o->separator) && !o->gather,
	    "options '--field' and '--sep' go with --gather");
	refuse(o->ok && o->failed, "options '--ok' and '--failed' exclude each other");
	refuse(o->raw && o->template, "options '--raw-output' and '--template' exclude each other");
	refuse(o->summary && (o->raw || o->template || o->gather),
	    "option '--summary' counts results: no --gather, -r or -t with it");
	refuse(o->failed && (o->gather || o->raw || o->template),
	    "option '--failed' gives requests: no --gather, -r or -t with it");
}

static enum merge_shape
shape_of(const struct options *o)
{
	if (o->summary)
		return MERGE_NOTHING;
	if (o->failed)
		return MERGE_FIRST_REQUEST;
	if (o->template)
		return MERGE_NEXT_REQUEST;
	return o->raw ? MERGE_TEXT : MERGE_AS_IT_IS;
}

static void
set_rules(struct gem_merge *g)
{
	struct merge *m = &g->merge;
	struct buf text = {0}, error = {0};
	const char *problem;

	cli_check(jq_shared_args(&g->jq, &g->o.args, &error), &error);
	*m = (struct merge){.shape = shape_of(&g->o),
	    .gathers = g->o.gather,
	    .writer = &g->output.writer,
	    .complain = complain,
	    .context = g};
	if (g->o.ok || g->o.failed)
		m->choice = g->o.ok ? MERGE_OK : MERGE_FAILED;
	problem = gather_init(&m->gather, g->o.field, g->o.separator);
	refuse(problem != NULL, problem);
	if (g->o.template) {
		cli_check(cli_text("template", g->o.template, &text, &error), &error);
		m->template = cli_made(
		    "template", template_new(buf_view(&text), &g->jq, &error), &error);
		if (template_is_constant(m->template))
			cli_warn("option '--template': %s", TEMPLATE_CONSTANT);
	}
	if (g->o.filter)
		m->filter = cli_made("filter", jq_program_new(g->o.filter, &g->jq, &error), &error);
	buf_free(&text);
	buf_free(&error);
}

static void
free_all(struct gem_merge *g)
{
	input_free(&g->input);
	order_free(&g->order);
	merge_free(&g->merge);
	template_free(g->merge.template);
	jq_program_free(g->merge.filter);
	jq_shared_free(&g->jq);
	free(g->o.args.items);
	batch_reader_free(&g->lines);
}

static bool
is_pipe(int fd)
{
	struct stat info;

	return fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

int
main(int argc, char **argv)
{
	static const struct cli_program program = {"gem-merge", "[RESULT...]",
	    "Puts results into order, joins pieces, makes texts or the next requests.", "libjq",
	    table};
	struct gem_merge g = {.o = {.buffer = ORDER_BUDGET_BYTES, .max_record = READER_RECORD_MAX},
	    .order = {.give = give, .context = &g},
	    .jq = {.last_act = output_flush, .context = &g.output}};
	struct buf reason = {0};
	int first, status;

	cli_start();
	secret_forget(); /* a jq program can read the environment */
	first = cli_parse(&program, &g.o, argc, argv);
	check_options(&g.o);
	set_rules(&g);
	g.order.budget = g.o.buffer;
	input_init(&g.input, READER_LINE, argv + first, (size_t)(argc - first), cli_warn_file);
	g.input.record_max = g.o.max_record;
	g.input.before_wait = output_flush;
	g.input.context = &g.output;
	g.output = (struct output){
	    .rejects_path = g.o.rejects, .verbose = g.o.verbose, .warn = cli_warn};
	cli_check(output_open(&g.output, &g.input, &reason), &reason);
	if (first == argc)
		cli_hint_terminal(STDIN_FILENO);
	if (first == argc && is_pipe(STDIN_FILENO))
		signals_defer();
	if (g.output.writer.error)
		exit(cli_output_failed(g.output.writer.error));
	read_all(&g);
	status = finish(&g);
	free_all(&g);
	signals_release();
	signals_exit(status);
}
