// SPDX-License-Identifier: MIT
/* The rejects go first everywhere: an output that fails must not take them along. */
#include "stream/filter.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

int
filter_open(struct filter *f, const struct input *input, struct buf *reason)
{
	const char *why = rejects_open(&f->rejects, f->rejects_path, f->verbose, input);

	f->rejects.warn = f->warn;
	if (why)
		buf_printf(reason, "option '--rejects': %s: %s", f->rejects_path, why);
	else if (input_reads(input, STDOUT_FILENO))
		buf_str(reason, INPUT_IS_OUTPUT);
	else
		writer_init(&f->writer, STDOUT_FILENO);
	return reason->len ? -1 : 0;
}

void
filter_reject(struct filter *f, const struct reject *what)
{
	rejects_add(&f->rejects, what);
	f->account.rejected++;
}

void
filter_flush(void *filter)
{
	struct filter *f = filter;

	rejects_flush(&f->rejects);
	writer_flush(&f->writer);
}

static void
tell_account(struct filter *f, uint64_t out)
{
	const struct account *a = &f->account;
	struct buf line = {0};

	assert(a->in == a->used + a->dropped + a->rejected + a->blank);
	buf_printf(&line,
	    "%" PRIu64 " in = %" PRIu64 " used + %" PRIu64 " dropped + %" PRIu64
	    " rejected + %" PRIu64 " blank",
	    a->in, a->used, a->dropped, a->rejected, a->blank);
	if (f->rejects.untold)
		buf_printf(&line, "; %" PRIu64 " of those rejected are not named: -v names all",
		    f->rejects.untold);
	if (out != UINT64_MAX)
		buf_printf(&line, "; %" PRIu64 " out", out);
	if (a->rejected || f->verbose)
		f->warn("%s", line.data);
	buf_free(&line);
}

bool
filter_close(struct filter *f, uint64_t in, uint64_t blank, uint64_t out)
{
	bool kept = rejects_close(&f->rejects) == 0;

	if (!kept)
		f->warn("%s: %s", f->rejects_path, strerror(errno));
	f->account.in = in;
	f->account.blank = blank;
	if (writer_close(&f->writer) == 0)
		tell_account(f, out);
	return kept;
}
