// SPDX-License-Identifier: MIT
/* The callbacks that the engine asks for, over stream/ and record/. */
#include "run/pipe.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "base/signals.h"
#include "text/json_string.h"

/* timeout(1) sends its signal to its command and to the whole group: so close together it is one. */
#define TWICE_NS 50000000

/* Results that may wait for a slow reader before no new records are taken. */
#define OUTPUT_BACKLOG_BYTES ((size_t)1 << 20)

static void
warn_once(const struct pipe *p, bool *warned, bool now, const char *message)
{
	if (now && !*warned) {
		*warned = true;
		p->warn("%s", message);
	}
}

static void
report_problem(struct pipe *p, const struct reader_record *at, const struct record *r)
{
	struct reject what = reject_of(&p->input, at, r->column, r->problem);

	rejects_add(&p->bad, &what);
}

static enum pulled
pull(void *context, struct task *t)
{
	struct pipe *p = context;
	struct reader_record line;
	enum reader_status status = input_next(&p->input, &line);

	if (status == READER_MORE)
		return PULLED_NOTHING;
	if (status == READER_END)
		return p->resume && resume_next(p->resume, &t->record) ? PULLED_RECORD : PULLED_END;
	p->keyless = !p->has_key;
	if (p->keyless)
		return PULLED_END;
	t->record.seq = p->next_seq++;
	record_parse(&t->record, line.p, status == READER_TOO_LONG ? 0 : line.n);
	if (status == READER_TOO_LONG)
		t->record.problem = READER_OVER_MAX;
	if (t->record.problem)
		report_problem(p, &line, &t->record);
	warn_once(p, &p->replaced_warned, t->record.replaces,
	    "records have a response, success, error or call already: replaced");
	warn_once(p, &p->duplicate_warned, t->record.duplicate,
	    "records have a field more than once: the last one counts");
	return PULLED_RECORD;
}

static int
get_input_fd(void *context)
{
	return input_fd(&((struct pipe *)context)->input);
}

static void
fill(void *context)
{
	input_fill(&((struct pipe *)context)->input);
}

/* The text of an answer, or one line on stderr. */
static void
write_raw(struct pipe *p, const struct task *t)
{
	struct slice id = json_raw(&t->record.id);

	if (t->facts.class == CLASS_OK)
		json_unescape(&p->line, buf_view(&t->answer.text));
	else if (!t->record.problem && p->writer.error != EPIPE) /* a reader that left: silently */
		p->warn("record %" PRIu64 "%s%.*s: %s: %s", t->record.seq + 1, id.n ? " " : "",
		    (int)id.n, id.p ? id.p : "", class_name(t->facts.class),
		    t->answer.message.data);
}

static void
put_line(struct pipe *p, struct slice line)
{
	if (p->raw && !line.n)
		return;
	buf_slice(&p->writer.bytes, line);
	writer_end_record(&p->writer);
}

static void
warn_of_model(struct pipe *p, const struct task *t)
{
	struct slice asked = buf_view(&t->request.model), used = t->answer.model;

	/* "-latest" names no model: the server chooses */
	if (p->model_warned || !used.n || slice_equal(asked, used) || slice_find(asked, "-latest"))
		return;
	p->model_warned = true;
	p->warn("model %.*s was asked for, %.*s has answered", (int)asked.n, asked.p, (int)used.n,
	    used.p);
}

/* What has been paid for, and has no place in the output. */
static void
warn_of_other(struct pipe *p, const struct task *t)
{
	struct slice other = t->answer.other;

	if (p->other_warned || !other.n || t->facts.class != CLASS_OK || p->emit == EMIT_GEMINI)
		return;
	p->other_warned = true;
	p->warn("answers have %.*s beside the text, which only --emit gemini writes", (int)other.n,
	    other.p);
}

/* Those that nothing before them is missing of any more. */
static void
put_ordered(struct pipe *p)
{
	struct slice line;

	while (reorder_next(&p->reorder, &line))
		put_line(p, line);
}

/* Adds a new result to the file that is kept; true: it is in p->line too. */
static bool
keep(struct pipe *p, const struct task *t)
{
	if (!p->resume || t->facts.stored.p)
		return false;
	buf_reset(&p->line);
	result_write(&p->line, EMIT_NATIVE, &t->record, &t->answer, &t->facts);
	journal_add(&p->resume->journal, &t->key, stored_kind(t->facts.class), buf_view(&p->line));
	return true;
}

static void
emit(void *context, struct task *t)
{
	struct pipe *p = context;
	bool kept;

	warn_of_model(p, t);
	warn_of_other(p, t);
	summary_add(&p->summary, &t->facts);
	kept = keep(p, t);
	if (p->file_only)
		return;
	if (!kept || p->raw || p->emit != EMIT_NATIVE) {
		buf_reset(&p->line);
		if (p->raw)
			write_raw(p, t);
		else
			result_write(&p->line, p->emit, &t->record, &t->answer, &t->facts);
	}
	if (p->keep_order) {
		reorder_put(&p->reorder, t->record.seq, buf_view(&p->line));
		put_ordered(p);
	} else {
		put_line(p, buf_view(&p->line));
	}
}

static bool
room(void *context)
{
	struct pipe *p = context;

	if (p->resume && p->resume->journal.error)
		return false;
	if (p->keep_order && p->next_seq >= p->reorder.next + p->window)
		return false;
	return writer_pending(&p->writer) < OUTPUT_BACKLOG_BYTES;
}

static enum flushed
flush(void *context)
{
	struct pipe *p = context;
	int status;

	if (p->resume && journal_commit(&p->resume->journal))
		return FLUSH_LOST;
	status = p->file_only ? 1 : writer_try(&p->writer);
	if (status < 0)
		return p->resume ? FLUSH_KEPT : FLUSH_LOST;
	return status ? FLUSH_DONE : FLUSH_LEFT;
}

static int
output_fd(void *context)
{
	const struct pipe *p = context;

	return p->file_only || p->writer.contended || p->writer.error ? -1 : p->writer.fd;
}

static void
output_lost(void *context)
{
	writer_lost(&((struct pipe *)context)->writer);
}

static unsigned
interrupts(void *context)
{
	struct pipe *p = context;
	int number = signals_read(p->signal_fd);

	if (!number)
		return p->interrupts;
	if (!p->interrupts++) {
		p->signal = number;
		meter_interrupted(&p->meter);
	}
	nanosleep(&(struct timespec){.tv_nsec = TWICE_NS}, NULL);
	while (signals_read(p->signal_fd))
		continue;
	return p->interrupts;
}

static enum stored
recall(void *context, struct task *t)
{
	return resume_take(((struct pipe *)context)->resume, t);
}

struct engine_port
pipe_port(struct pipe *p)
{
	p->bad.warn = p->warn;
	return (struct engine_port){.context = p,
	    .pull = pull,
	    .input_fd = get_input_fd,
	    .fill = fill,
	    .emit = emit,
	    .room = room,
	    .flush = flush,
	    .output_fd = output_fd,
	    .output_lost = output_lost,
	    .signal_fd = p->signal_fd,
	    .interrupts = interrupts,
	    .meter = &p->meter,
	    .recall = p->resume ? recall : NULL};
}

int
pipe_close(struct pipe *p, bool abandon)
{
	bool kept;

	while (reorder_skip_gap(&p->reorder))
		put_ordered(p);
	reorder_free(&p->reorder);
	buf_free(&p->line);
	rejects_close(&p->bad);
	input_free(&p->input);
	kept = !p->resume || !resume_close(p->resume);
	signals_release(); /* the output's reader may take as long as it likes */
	abandon |= !kept;  /* nobody sees what is not on the disk */
	if (p->file_only)
		return abandon ? -1 : 0;
	if (abandon)
		writer_abandon(&p->writer);
	return writer_close(&p->writer) || !kept ? -1 : 0;
}
