// SPDX-License-Identifier: MIT
/* The list is read whole before the first file is opened. */
#include "stream/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int
names_read(struct names *names, const char *file, enum reader_mode mode,
    void (*report)(const char *name, const char *reason))
{
	char *const files[] = {(char *)file};
	enum reader_status status;
	struct reader_record r;
	struct input in;
	bool good = true;

	*names = (struct names){0};
	input_init(&in, mode, files, 1, report);
	while ((status = input_read(&in, &r, NULL, NULL)) != READER_END && good) {
		bool has_nul = status == READER_RECORD && r.n && memchr(r.p, '\0', r.n);

		good = status == READER_RECORD && !has_nul;
		if (!good) {
			report(file, has_nul ? "a name in it has a NUL: is --null missing?"
					     : "a name in it is too long");
			break;
		}
		names->items = mem_resize(names->items, names->count + 1, sizeof *names->items);
		names->items[names->count++] = mem_dup(r.p, r.n);
	}
	good = good && !in.trouble;
	input_free(&in);
	return good ? 0 : -1;
}

void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct names){0};
}
