// SPDX-License-Identifier: MIT
/* One pass over the lines of the header; see message.h. */
#include "message.h"

#include <stdlib.h>
#include <strings.h>

static const char length_name[] = "content-length:";

static size_t
body_bytes(const char *line)
{
	if ((line[0] | 0x20) != 'c' || strncasecmp(line, length_name, sizeof length_name - 1) != 0)
		return 0;
	return strtoull(line + sizeof length_name - 1, NULL, 10);
}

size_t
message_bytes(struct slice text)
{
	const char *end = memmem(text.p, text.n, "\r\n\r\n", 4);
	size_t bytes;

	if (!end)
		return 0;
	bytes = (size_t)(end + 4 - text.p);
	/* what is looked at ends at a line's end, before or at `end` */
	for (const char *p = text.p; p < end; p = (const char *)memchr(p, '\n', text.n) + 1)
		bytes += body_bytes(p);
	return bytes <= text.n ? bytes : 0;
}
