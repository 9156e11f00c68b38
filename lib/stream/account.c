// SPDX-License-Identifier: MIT
/* One sum, asserted. */
#include "stream/account.h"

#include <assert.h>
#include <inttypes.h>

void
account_line(const struct account *a, struct buf *out)
{
	assert(a->in == a->used + a->dropped + a->rejected + a->blank);
	buf_printf(out,
	    "%" PRIu64 " in = %" PRIu64 " used + %" PRIu64 " dropped + %" PRIu64
	    " rejected + %" PRIu64 " blank",
	    a->in, a->used, a->dropped, a->rejected, a->blank);
	if (a->untold)
		buf_printf(
		    out, "; %" PRIu64 " of those rejected are not named: -v names all", a->untold);
}
