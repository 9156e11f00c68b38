// SPDX-License-Identifier: MIT
/* The headers that the API sends with every answer. */
#include "sim/header.h"

#include <inttypes.h>
#include <string.h>

static const char *const fixed[][2] = {
    {"Vary", "Origin"},
    {"Vary", "X-Origin"},
    {"Vary", "Referer"},
    {"Server", "scaffolding on HTTPServer2"},
    {"X-XSS-Protection", "0"},
    {"X-Frame-Options", "SAMEORIGIN"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Gemini-Service-Tier", "standard"},
};

void
sim_headers(const struct sim_call *c, int64_t now, struct MHD_Response *to)
{
	const struct sim_answer *a = &c->answer;
	struct buf timing = {0};

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		MHD_add_response_header(to, fixed[i][0], fixed[i][1]);
	buf_printf(&timing, "gfet4t7; dur=%" PRId64, now - c->arrived); /* milliseconds */
	MHD_add_response_header(to, "Server-Timing", timing.data);
	buf_free(&timing);
	MHD_add_response_header(to, "Content-Type", a->type);
	if (strcmp(a->type, SIM_TYPE_SSE) == 0)
		MHD_add_response_header(to, "Content-Disposition", "attachment");
	if (a->gzipped)
		MHD_add_response_header(to, "Content-Encoding", "gzip");
	if (a->retry_after)
		MHD_add_response_header(to, "Retry-After", a->retry_after);
	if (a->status == 307) /* #sim:redirect: to no page, which counts */
		MHD_add_response_header(to, "Location", "/v1beta/redirected");
}
