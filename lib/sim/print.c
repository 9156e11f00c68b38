// SPDX-License-Identifier: MIT
/* Small verbs for JSON with two blanks a level. */
#include "sim/print.h"

#include "text/json_string.h"

static void
new_line(struct buf *out, size_t depth)
{
	buf_char(out, '\n');
	while (depth--)
		buf_str(out, "  ");
}

static void
print(struct buf *out, struct slice s, bool pretty)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : '\0';

		if (c == '"') {
			size_t n = (size_t)(json_closing_quote(s.p + i) - (s.p + i));

			buf_add(out, s.p + i, n + 1);
			i += n;
			continue;
		}
		if (pretty && (c == '}' || c == ']') && s.p[i - 1] != '{' && s.p[i - 1] != '[')
			new_line(out, --depth);
		buf_char(out, c);
		if (c == ':')
			buf_char(out, ' ');
		if (!pretty)
			continue;
		if ((c == '{' || c == '[') && next != '}' && next != ']')
			new_line(out, ++depth);
		else if (c == ',')
			new_line(out, depth);
	}
}

void
sim_print_pretty(struct buf *out, struct slice compact)
{
	print(out, compact, true);
}

void
sim_print_line(struct buf *out, struct slice compact)
{
	print(out, compact, false);
}
