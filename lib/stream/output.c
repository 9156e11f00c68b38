// SPDX-License-Identifier: MIT
/* The rejects go first everywhere: an output that fails must not take them along. */
#include "stream/output.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

int
output_open(struct output *o, const struct input *input, struct buf *reason)
{
	const char *why;

	o->rejects = (struct rejects){.warn = o->warn, .tell_all = o->verbose};
	why = rejects_open(&o->rejects, o->rejects_path, input);
	if (why)
		buf_printf(reason, "option '--rejects': %s: %s", o->rejects_path, why);
	else if (input_reads(input, STDOUT_FILENO))
		buf_str(reason, INPUT_IS_OUTPUT);
	else
		writer_init(&o->writer, STDOUT_FILENO);
	return reason->len ? -1 : 0;
}

void
output_reject(struct output *o, const struct reject *what)
{
	rejects_add(&o->rejects, what);
	o->account.rejected++;
}

void
output_flush(void *output)
{
	struct output *o = output;

	rejects_flush(&o->rejects);
	writer_flush(&o->writer);
}

static void
tell_account(struct output *o, uint64_t out)
{
	const struct account *a = &o->account;
	struct buf line = {0};

	assert(a->in == a->used + a->dropped + a->rejected + a->blank);
	buf_printf(&line,
	    "%" PRIu64 " in = %" PRIu64 " used + %" PRIu64 " dropped + %" PRIu64
	    " rejected + %" PRIu64 " blank",
	    a->in, a->used, a->dropped, a->rejected, a->blank);
	if (o->rejects.untold)
		buf_printf(&line, "; %" PRIu64 " of those rejected are not named: -v names all",
		    o->rejects.untold);
	if (out != UINT64_MAX)
		buf_printf(&line, "; %" PRIu64 " out", out);
	if (a->rejected || o->verbose)
		o->warn("%s", line.data);
	buf_free(&line);
}

bool
output_close(struct output *o, uint64_t in, uint64_t blank, uint64_t out)
{
	bool kept = rejects_close(&o->rejects) == 0;

	if (!kept)
		o->warn("%s: %s", o->rejects_path, strerror(errno));
	o->account.in = in;
	o->account.blank = blank;
	if (writer_close(&o->writer) == 0)
		tell_account(o, out);
	return kept;
}
