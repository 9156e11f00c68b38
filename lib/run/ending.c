// SPDX-License-Identifier: MIT
/* A run may have ended for several reasons: the first that holds, as explain() asks, is told. */
#include "run/ending.h"

#include <errno.h>
#include <inttypes.h>

#include "base/cli.h"

static void
explain_journal(const struct pipe *p, const struct journal *j)
{
	if (j->error == ESTALE)
		p->warn(
		    "file '%s': it was removed or renamed; what has come since is lost", j->path);
	else
		p->warn("file '%s': %s%s; what is in it stays, and the same command goes on from "
			"there",
		    j->path, j->where, strerror(j->error));
}

/* Why a run has stopped before its input was done; the exit status. */
static int
explain(const struct pipe *p, const struct engine_report *r, bool quiet)
{
	const struct journal *j = p->resume ? &p->resume->journal : NULL;
	const char *next = j ? "goes on from here" : "would start over";

	if (r->end == ENGINE_COMPLETE)
		return r->succeeded == r->emitted ? STATUS_OK : STATUS_FAILED;
	if (r->end == ENGINE_INTERRUPTED && r->pulled && !quiet)
		p->warn("interrupted; the same command %s", next);
	if (r->end == ENGINE_INTERRUPTED)
		return STATUS_SIGNAL + p->signal;
	if (j && j->error) {
		explain_journal(p, j);
		return STATUS_TROUBLE;
	}
	if (r->end == ENGINE_OUTPUT_GONE)
		return cli_output_failed(p->writer.error);
	p->warn("stopped: %s%s%s", engine_end_reason(r->end), r->why.len ? ": " : "",
	    r->why.len ? r->why.data : "");
	if (r->wait_ms)
		p->warn("the server asks to wait for %" PRId64 " s", (r->wait_ms + 999) / 1000);
	p->warn("%sthe same command %s", r->rest ? "the rest of the input was not attempted; " : "",
	    next);
	return r->end == ENGINE_REFUSED ? STATUS_REFUSED : STATUS_STOPPED;
}

/* Results that are not of today's input: who reads the file reads them too. */
static void
add_others(const struct journal *j, size_t others, struct buf *line)
{
	if (others)
		buf_printf(line, "; '%s' keeps %zu other result%s", j->path, others,
		    others == 1 ? "" : "s");
}

int
ending(struct pipe *p, struct engine_report *r, int64_t elapsed_ms, bool quiet)
{
	bool interrupted = r->end == ENGINE_INTERRUPTED;
	const struct journal *j = p->resume && r->end == ENGINE_COMPLETE ? &p->resume->journal
									 : NULL;
	size_t others = j ? journal_others(j) : 0;
	struct buf line = {0};
	int status;

	if (p->bad.untold)
		p->warn("%" PRIu64 " more bad lines are not named", p->bad.untold);
	if (pipe_close(p, r->output_left))
		r->end = ENGINE_OUTPUT_GONE;
	status = explain(p, r, quiet);
	if (r->end != ENGINE_OUTPUT_GONE && r->pulled && !quiet) {
		summary_line(&p->summary, elapsed_ms, &line);
		meter_settled(&p->meter, &line);
		add_others(j, others, &line);
		p->say("%s", line.data);
	}
	if (events_close(&p->meter.events, interrupted)) {
		p->warn("events: %s", strerror(errno));
		p->input.trouble = true;
	}
	if (p->input.trouble)
		status = STATUS_TROUBLE;
	if (p->signal) /* whatever has failed as well, and was told */
		status = STATUS_SIGNAL + p->signal;
	buf_free(&line);
	buf_free(&r->why);
	return status;
}
