// SPDX-License-Identifier: MIT
/*
 * gem-split: anything in, request records out.
 *
 * record/source reads, record/split makes the requests of one record. This
 * file is the option table, the wiring, the accounting and the exit status.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cli.h"
#include "base/secret.h"
#include "base/signals.h"
#include "record/ask.h"
#include "record/split.h"
#include "stream/names.h"
#include "stream/output.h"

/* Not given: 0 is an answer, though a wrong one. */
#define NO_SIZE SIZE_MAX

struct options {
	bool raw, null, whole, csv, tsv;
	const char *files_from;
	const char *filter, *id, *template;
	struct cli_list args;
	size_t chunk, overlap;
	const char *field;
	const char *model, *system, *config;
	const char *rejects;
	size_t max_record;
	bool verbose;
};

#define AT(member) offsetof(struct options, member)

static const struct cli_option table[] = {
    {NULL, 0, CLI_SECTION, 0, NULL, "Input (a JSON object a line, unless said otherwise)"},
    {"raw-input", 'R', CLI_FLAG, AT(raw), NULL, "lines of text, which become {\"text\"}"},
    {"null", '0', CLI_FLAG, AT(null), NULL, "the same, each up to a NUL byte"},
    {"whole", 'w', CLI_FLAG, AT(whole), NULL, "whole files, which become {\"file\",\"text\"}"},
    {"csv", 0, CLI_FLAG, AT(csv), NULL, "rows of CSV; the first has the names"},
    {"tsv", 0, CLI_FLAG, AT(tsv), NULL, "the same, separated by tabs"},
    {"files-from", 0, CLI_TEXT, AT(files_from), "FILE",
	"read the files named in FILE (-0: by NULs)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Records, in this order"},
    {"filter", 0, CLI_TEXT, AT(filter), "JQ", "take what this jq program gives: none or several"},
    {"id", 0, CLI_TEXT, AT(id), "JQ", "the id (the one that is there, or FILE:LINE)"},
    {"chunk", 0, CLI_SIZE, AT(chunk), "SIZE", "cut the text into pieces of so many characters"},
    {"overlap", 0, CLI_SIZE, AT(overlap), "SIZE",
	"characters that a piece repeats of the one before"},
    {"field", 0, CLI_TEXT, AT(field), "NAME", "where the text to cut is (text)"},
    {"template", 't', CLI_TEXT, AT(template), "TEXT|@FILE", "the prompt, with \\(.field) in it"},
    {NULL, 0, CLI_SECTION, 0, NULL, "What --filter, --id and --template know"},
    {"arg", 0, CLI_PAIR, AT(args), "NAME TEXT", "$NAME is this text"},
    {"argjson", 0, CLI_PAIR, AT(args), "NAME JSON", "$NAME is this value"},
    {NULL, 0, CLI_SECTION, 0, NULL, "What each asks for; a record's own `ask` beats it"},
    {"model", 0, CLI_TEXT, AT(model), "NAME", "the model"},
    {"system", 0, CLI_TEXT, AT(system), "TEXT|@FILE", "the system instruction"},
    {"config", 0, CLI_TEXT, AT(config), "JSON|@FILE", "the generationConfig, an object"},
    {NULL, 0, CLI_SECTION, 0, NULL, "What is rejected"},
    {"rejects", 0, CLI_OUTPUT, AT(rejects), "FILE", "keep the bytes of rejected records in FILE"},
    {"max-record", 0, CLI_SIZE, AT(max_record), "SIZE", "reject longer records (64M; 0: take any)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Messages"},
    {"verbose", 'v', CLI_FLAG, AT(verbose), NULL, "name all rejects, and what became of the input"},
    {NULL, 0, CLI_SECTION, 0, NULL, NULL},
};

struct gem_split {
	struct options o;
	struct buf ask;
	struct jq_shared jq;
	struct source source;
	struct split split;
	struct output output;
	uint64_t out;    /* requests */
	unsigned warned; /* of enum split_warning */
};

static enum source_kind
source_kind(const struct options *o)
{
	bool nul = o->null && !o->files_from;

	if (o->whole + (o->raw || nul) + o->csv + o->tsv > 1)
		cli_die(STATUS_TROUBLE, "one of --raw-input (--null), --whole, --csv and --tsv");
	if (o->whole)
		return SOURCE_WHOLE;
	if (o->csv || o->tsv)
		return o->csv ? SOURCE_CSV : SOURCE_TSV;
	if (nul)
		return SOURCE_NUL;
	return o->raw ? SOURCE_LINES : SOURCE_NDJSON;
}

static void
check_options(const struct options *o)
{
	if (o->chunk == 0)
		cli_die(STATUS_TROUBLE, "option '--chunk': pieces of no characters");
	if (o->chunk == NO_SIZE && (o->overlap != NO_SIZE || o->field))
		cli_die(STATUS_TROUBLE, "options '--overlap' and '--field' need --chunk");
	if (o->overlap != NO_SIZE && o->overlap >= o->chunk)
		cli_die(STATUS_TROUBLE, "option '--overlap' must be less than --chunk");
	if (o->field && (strcmp(o->field, "id") == 0 || strcmp(o->field, "split") == 0))
		cli_die(STATUS_TROUBLE, "option '--field': '%s' is written, not cut", o->field);
}

static void
set_rules(struct gem_split *g)
{
	const struct options *o = &g->o;
	struct split_rules rules = {.chunk = o->chunk == NO_SIZE ? 0 : o->chunk,
	    .overlap = o->overlap == NO_SIZE ? 0 : o->overlap,
	    .field = o->field ? o->field : "text",
	    .id_is_file = o->whole};
	struct buf reason = {0}, text = {0};

	cli_check(jq_shared_args(&g->jq, &o->args, &reason), &reason);
	cli_check(ask_build(&g->ask, o->model, o->system, o->config, &reason), &reason);
	rules.ask = buf_view(&g->ask);
	if (o->template) {
		cli_check(cli_text("template", o->template, &text, &reason), &reason);
		rules.template = cli_made(
		    "template", template_new(buf_view(&text), &g->jq, &reason), &reason);
		if (template_is_constant(rules.template))
			cli_warn("option '--template': %s", TEMPLATE_CONSTANT);
	}
	if (o->id)
		rules.id = cli_made("id", expression_new(o->id, &g->jq, &reason), &reason);
	if (o->filter)
		rules.filter = cli_made(
		    "filter", jq_program_new(o->filter, &g->jq, &reason), &reason);
	split_init(&g->split, &rules, &g->output.writer.bytes);
	buf_free(&text);
}

static void
reject(struct gem_split *g, const struct source_record *r, const char *reason)
{
	struct reject what = source_reject(&g->source, r, reason);

	output_reject(&g->output, &what);
}

static void
tell_warnings(struct gem_split *g)
{
	static const struct {
		enum split_warning warning;
		const char *message;
	} messages[] = {
	    {SPLIT_DUPLICATE, "records have a field more than once: the last one counts"},
	    {SPLIT_LONE_SURROGATE,
		"records have half a surrogate pair in their text: it becomes U+FFFD"},
	    {SPLIT_AGAIN, "records have a split already: replaced"}};
	unsigned untold = g->split.warnings & ~g->warned;
	const char *warning;

	for (size_t i = 0; untold && i < sizeof messages / sizeof *messages; i++) {
		if (untold & messages[i].warning)
			cli_warn("%s", messages[i].message);
	}
	g->warned = g->split.warnings;
	while ((warning = jq_shared_warning(&g->jq)))
		cli_warn("%s", warning);
}

static void
take(struct gem_split *g, struct source_record *r)
{
	int status = split_record(&g->split, r);

	if (status > 0) {
		writer_end_record(&g->output.writer);
		g->out += g->split.requests;
		g->output.account.used++;
	} else {
		writer_drop_record(&g->output.writer);
		g->output.account.dropped += status == 0;
		if (status < 0)
			reject(g, r, g->split.reason.data);
	}
	tell_warnings(g);
}

static void
run(struct gem_split *g)
{
	enum source_status status;
	struct source_record r;
	struct buf reason = {0};

	while (!g->output.writer.error &&
	       (status = source_next(&g->source, &r, &reason)) != SOURCE_END) {
		if (status == SOURCE_RECORD) {
			take(g, &r);
			writer_flush_full(&g->output.writer);
			continue;
		}
		reject(g, &r, reason.len ? reason.data : NULL);
		buf_reset(&reason);
	}
	buf_free(&reason);
}

/* Every record that came in is accounted for; the exit status. */
static int
finish(struct gem_split *g)
{
	bool kept = output_close(
	    &g->output, source_count(&g->source), g->source.input.blanks, g->out);

	if (g->output.writer.error)
		return cli_output_failed(g->output.writer.error);
	if (!kept || g->source.input.trouble)
		return STATUS_TROUBLE;
	return g->output.account.rejected ? STATUS_FAILED : STATUS_OK;
}

static void
free_all(struct gem_split *g)
{
	source_free(&g->source);
	split_free(&g->split);
	jq_program_free(g->split.rules.filter);
	expression_free(g->split.rules.id);
	template_free(g->split.rules.template);
	jq_shared_free(&g->jq);
	free(g->o.args.items);
	buf_free(&g->ask);
}

/* Opens the input and the output, and goes through the records; the exit status. */
static int
split_files(struct gem_split *g, char *const *files, size_t count)
{
	struct buf reason = {0};

	g->output.rejects_path = g->o.rejects;
	g->output.verbose = g->o.verbose;
	g->output.warn = cli_warn;
	source_init(&g->source, source_kind(&g->o), files, count, cli_warn_file);
	g->source.input.record_max = g->o.max_record;
	g->source.input.list = g->o.files_from;
	g->source.name_end = g->o.null ? '\0' : '\n';
	g->source.input.before_wait = output_flush;
	g->source.input.context = &g->output;
	cli_check(output_open(&g->output, &g->source.input, &reason), &reason);
	if (g->output.writer.error)
		exit(cli_output_failed(g->output.writer.error));
	if (!g->o.files_from || count) /* no names are no files, not standard input */
		run(g);
	return finish(g);
}

static int
split_named_files(struct gem_split *g)
{
	struct names names;
	int status = STATUS_TROUBLE;

	if (names_read(
		&names, g->o.files_from, g->o.null ? READER_NUL : READER_LINE, cli_warn_file) == 0)
		status = split_files(g, names.items, names.count);
	names_free(&names);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct cli_program program = {"gem-split", "[FILE...]",
	    "Makes request records of anything: JSON, text, files, tables.", "libjq", table};
	struct gem_split g = {
	    .o = {.chunk = NO_SIZE, .overlap = NO_SIZE, .max_record = READER_RECORD_MAX},
	    .jq = {.last_act = output_flush, .context = &g.output}};
	int first, status;

	cli_start();
	first = cli_parse(&program, &g.o, argc, argv);
	check_options(&g.o);
	if (g.o.files_from && first < argc)
		cli_die(STATUS_TROUBLE, "files are named either in --files-from or as operands");
	secret_forget(); /* a jq program can read the environment */
	set_rules(&g);
	if (!g.o.files_from && first == argc)
		cli_hint_terminal(STDIN_FILENO);
	if (g.o.files_from)
		status = split_named_files(&g);
	else
		status = split_files(&g, argv + first, (size_t)(argc - first));
	free_all(&g);
	signals_exit(status);
}
