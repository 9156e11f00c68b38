// SPDX-License-Identifier: MIT
/*
 * gem-merge: result records in; rows, texts, documents or the next requests out.
 *
 * A line is read (record/outcome; a batch's line is made a native one by
 * api/batch), put into order (record/order), selected, gathered with the other
 * pieces of its document (record/gather), and shaped: as it is, as text, as a
 * request. This file is the option table and that order of things.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "api/batch.h"
#include "base/cli.h"
#include "base/signals.h"
#include "record/gather.h"
#include "record/object.h"
#include "record/order.h"
#include "record/summary.h"
#include "record/template.h"
#include "stream/input.h"
#include "stream/writer.h"
#include "text/jq.h"
#include "text/json_string.h"

struct options {
	bool gather, ok, failed, raw, summary, verbose;
	const char *field, *separator, *template, *filter;
};

#define AT(member) offsetof(struct options, member)

static const struct cli_option table[] = {
    {NULL, 0, CLI_SECTION, 0, NULL, "Which results"},
    {"ok", 0, CLI_FLAG, AT(ok), NULL, "successes only"},
    {"failed", 0, CLI_FLAG, AT(failed), NULL, "failures only, as the requests that they were"},
    {"filter", 0, CLI_TEXT, AT(filter), "JQ", "what this jq program makes of each result"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Documents"},
    {"gather", 'g', CLI_FLAG, AT(gather), NULL, "join the answers to the pieces of a document"},
    {"field", 0, CLI_TEXT, AT(field), "NAME", "with --gather: join this field of the pieces"},
    {"sep", 0, CLI_TEXT, AT(separator), "TEXT", "with --gather: between answers (a newline)"},
    {NULL, 0, CLI_SECTION, 0, NULL, "Output"},
    {"template", 't', CLI_TEXT, AT(template), "TEXT|@FILE", "make each the next request"},
    {"raw-output", 'r', CLI_FLAG, AT(raw), NULL, "the text of the answers only"},
    {"summary", 0, CLI_FLAG, AT(summary), NULL, "one line of counts instead of the results"},
    {"verbose", 'v', CLI_FLAG, AT(verbose), NULL, "say what came in and what became of it"},
    {NULL, 0, CLI_SECTION, 0, NULL, NULL},
};

struct gem_merge {
	struct options o;
	struct input input;
	struct writer writer;
	struct order order;
	struct gather gather;
	struct template *template;
	struct jq_program *filter;
	struct summary summary;
	struct buf batch, document, prompt, reason; /* scratch */
	uint64_t rejected, failures, dropped, used;
};

static void
write_object(struct gem_merge *g, const struct json_value *object,
    const struct object_member *members, size_t count)
{
	object_edit(&g->writer.bytes, object, members, count);
	writer_end_record(&g->writer);
}

/* A failure that has no place in the output is named on stderr. */
static void
name_failure(struct gem_merge *g, const struct outcome *o, struct slice reason)
{
	struct json_value class = json_get(&o->call, "class");
	struct slice word = json_inside(&class);
	struct buf name = {0};

	outcome_name(o, g->used, &name);
	cli_warn("%s: %.*s%s%.*s", name.data, (int)word.n, word.p ? word.p : "", word.n ? ": " : "",
	    (int)reason.n, reason.p);
	buf_free(&name);
}

static void
name_own_failure(struct gem_merge *g, const struct outcome *o)
{
	struct buf text = {0};

	json_unescape(&text, json_inside(&o->error));
	name_failure(g, o, buf_view(&text));
	buf_free(&text);
}

/* -r: what was joined, or the response; nothing for a record that nobody has called. */
static void
write_text(struct gem_merge *g, const struct outcome *o)
{
	const char *field = g->o.gather && o->split.kind ? g->gather.field : "response";
	struct json_value text = json_get(&o->whole, field);

	if (text.kind != JSON_STRING) {
		name_failure(g, o, SLICE("it has no response"));
		g->failures++;
		return;
	}
	json_unescape(&g->writer.bytes, json_inside(&text));
	writer_end_record(&g->writer);
}

/* -t: the record with a prompt, and without what the template has used up. */
static void
write_request(struct gem_merge *g, const struct outcome *o)
{
	struct object_member members[] = {
	    {"prompt", {0}}, {"response", {0}}, {"success", {0}}, {"error", {0}}, {"call", {0}}};

	buf_reset(&g->prompt);
	buf_reset(&g->reason);
	buf_char(&g->prompt, '"');
	if (template_render(g->template, &o->whole, &g->prompt, &g->reason)) {
		name_failure(g, o, buf_view(&g->reason));
		g->failures++;
		return;
	}
	buf_char(&g->prompt, '"');
	members[0].value = buf_view(&g->prompt);
	write_object(g, &o->whole, members, sizeof members / sizeof *members);
}

static void
write_as_asked(struct gem_merge *g, const struct outcome *o)
{
	static const struct object_member answer[] = {
	    {"response", {0}}, {"success", {0}}, {"error", {0}}, {"call", {0}}};

	if (g->o.failed)
		write_object(g, &o->whole, answer, sizeof answer / sizeof *answer);
	else if ((g->o.raw || g->template) && outcome_failed(o))
		name_own_failure(g, o);
	else if (g->template)
		write_request(g, o);
	else if (g->o.raw)
		write_text(g, o);
	else
		write_object(g, &o->whole, NULL, 0);
}

/* A document is complete, or will never be: its record goes the way of the others. */
static void
put_document(struct gem_merge *g)
{
	struct outcome o;
	struct json_error error;

	if (outcome_parse(&o, buf_view(&g->document), &error))
		return;
	g->failures += outcome_failed(&o);
	write_as_asked(g, &o);
}

static void
gather_piece(struct gem_merge *g, const struct outcome *o)
{
	const char *problem;

	buf_reset(&g->document);
	if (gather_add(&g->gather, o, &g->document, &problem))
		put_document(g);
	if (problem) {
		name_failure(g, o, slice_of(problem));
		g->failures++;
	}
}

static void
take(struct gem_merge *g, const struct outcome *o)
{
	bool failed = outcome_failed(o);

	g->used++;
	if (g->o.summary) {
		g->failures += failed;
		summary_add_outcome(&g->summary, o);
	} else if ((g->o.ok && o->success.kind != JSON_TRUE) || (g->o.failed && !failed)) {
		g->dropped++;
		g->used--;
	} else if (g->o.gather && o->split.kind != JSON_NONE && !g->o.failed) {
		gather_piece(g, o);
	} else {
		g->failures += failed;
		write_as_asked(g, o);
	}
}

static bool
take_filtered(void *context, struct slice result)
{
	struct gem_merge *g = context;
	struct outcome o;
	struct json_error error;

	if (outcome_parse(&o, result, &error) == 0) {
		take(g, &o);
	} else {
		buf_slice(&g->writer.bytes, result);
		writer_end_record(&g->writer);
		g->used++;
	}
	return true;
}

static void
filter(struct gem_merge *g, const struct outcome *o)
{
	uint64_t before = g->used;

	if (!g->filter) {
		take(g, o);
		return;
	}
	buf_reset(&g->reason);
	if (jq_run(
		g->filter, (struct slice){o->whole.p, o->whole.n}, take_filtered, g, &g->reason)) {
		name_failure(g, o, buf_view(&g->reason));
		g->rejected++;
	} else if (g->used == before) {
		g->dropped++;
	}
	if (g->used > before)
		g->used = before + 1; /* the account is of what came in */
}

static void
drain_order(struct gem_merge *g, bool at_end)
{
	struct slice line;
	struct json_error error;
	struct outcome o;

	while (order_next(&g->order, at_end, &line)) {
		if (outcome_parse(&o, line, &error) == 0)
			filter(g, &o);
	}
}

static void
put_in_order(struct gem_merge *g, const struct outcome *o, struct slice line)
{
	if (o->seq == RECORD_NO_SEQ) {
		filter(g, o);
		return;
	}
	if (order_restarts(&g->order, o->seq)) {
		drain_order(g, true);
		order_restart(&g->order);
	}
	if (order_put(&g->order, o->seq, line)) {
		filter(g, o);
		drain_order(g, false);
	}
}

static void
reject(struct gem_merge *g, const struct reader_record *at, const char *reason, size_t column)
{
	cli_warn("%s:%" PRIu64 ":%zu: %s", input_name(&g->input), at->line, column, reason);
	g->rejected++;
}

static void
read_line(struct gem_merge *g, const struct reader_record *at)
{
	struct slice line = {at->p, at->n};
	struct json_error error;
	struct outcome o;

	if (outcome_parse(&o, line, &error)) {
		reject(g, at, error.reason, error.offset + 1);
		return;
	}
	if (o.batch_key.p) {
		buf_reset(&g->batch);
		batch_result(&o, &g->batch);
		line = buf_view(&g->batch);
		if (outcome_parse(&o, line, &error))
			return;
	}
	put_in_order(g, &o, line);
}

static void
flush(void *context)
{
	writer_flush(&((struct gem_merge *)context)->writer);
}

static void
read_all(struct gem_merge *g)
{
	struct reader_record at;
	enum reader_status status;

	while (!g->writer.error && (status = input_read(&g->input, &at, flush, g)) != READER_END) {
		if (status == READER_TOO_LONG)
			reject(g, &at, "the record is longer than its ceiling of 64 MiB", 1);
		else
			read_line(g, &at);
		writer_flush_full(&g->writer);
	}
	drain_order(g, true);
	for (buf_reset(&g->document); gather_incomplete(&g->gather, &g->document);
	     buf_reset(&g->document))
		put_document(g);
}

/* in = used + dropped + rejected + blank, and it is checked that it is so. */
static void
account(const struct gem_merge *g)
{
	uint64_t in = g->input.records + g->input.blanks;

	if (in != g->used + g->dropped + g->rejected + g->input.blanks)
		cli_die(STATUS_TROUBLE, "the account does not add up: please report this");
	if (!g->rejected && !g->o.verbose)
		return;
	cli_warn("%" PRIu64 " in = %" PRIu64 " used + %" PRIu64 " dropped + %" PRIu64
		 " rejected + %" PRIu64 " blank",
	    in, g->used, g->dropped, g->rejected, g->input.blanks);
	if (g->o.verbose && g->order.gaps)
		cli_warn("%" PRIu64 " results are missing between those that came", g->order.gaps);
}

static int
finish(struct gem_merge *g)
{
	if (g->o.summary && g->summary.records) {
		summary_line(&g->summary, -1, &g->writer.bytes);
		writer_end_record(&g->writer);
	}
	if (writer_close(&g->writer)) {
		if (errno == EPIPE)
			return STATUS_SIGNAL + SIGPIPE;
		cli_die(STATUS_TROUBLE, "output: %s", strerror(errno));
	}
	account(g);
	if (g->input.trouble)
		return STATUS_TROUBLE;
	if (g->rejected || (g->failures && !g->o.ok && !g->o.failed))
		return STATUS_FAILED;
	return STATUS_OK;
}

static void
check_options(const struct options *o)
{
	if ((o->field || o->separator) && !o->gather)
		cli_die(STATUS_TROUBLE, "options '--field' and '--sep' go with --gather");
	if (o->ok && o->failed)
		cli_die(STATUS_TROUBLE, "options '--ok' and '--failed' exclude each other");
	if (o->raw && o->template)
		cli_die(
		    STATUS_TROUBLE, "options '--raw-output' and '--template' exclude each other");
	if (o->failed && (o->gather || o->raw || o->template))
		cli_die(STATUS_TROUBLE,
		    "option '--failed' gives requests: no --gather, -r or -t with it");
}

static void
compile(struct gem_merge *g)
{
	struct buf text = {0}, error = {0};

	if (g->o.template) {
		cli_text_or_file("template", g->o.template, &text);
		g->template = template_new(buf_view(&text), &error);
		if (!g->template)
			cli_die(STATUS_TROUBLE, "option '--template': %s", error.data);
	}
	if (g->o.filter) {
		g->filter = jq_program_new(g->o.filter, &error);
		if (!g->filter)
			cli_die(STATUS_TROUBLE, "option '--filter': %s", error.data);
	}
	g->gather.field = g->o.field ? g->o.field : "response";
	g->gather.separator = slice_of(g->o.separator ? g->o.separator : "\n");
	buf_free(&text);
}

int
main(int argc, char **argv)
{
	static const struct cli_program program = {"gem-merge", "[RESULT...]",
	    "Puts results into order and pieces together; writes rows, texts or the next requests.",
	    NULL, table};
	struct gem_merge g = {0};
	int first, status;

	cli_start();
	first = cli_parse(&program, &g.o, argc, argv);
	check_options(&g.o);
	compile(&g);
	input_init(&g.input, READER_LINE, argv + first, (size_t)(argc - first), cli_warn_file);
	if (first == argc)
		cli_hint_terminal(STDIN_FILENO);
	writer_init(&g.writer, STDOUT_FILENO);
	read_all(&g);
	status = finish(&g);
	if (status > STATUS_SIGNAL)
		signals_die_by(status - STATUS_SIGNAL);
	return status;
}
