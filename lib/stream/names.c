// SPDX-License-Identifier: MIT
/* The list is read whole before the first file is opened. */
#include "stream/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void
add(struct names *names, const char *name, size_t n)
{
	names->items = mem_resize(names->items, names->count + 1, sizeof *names->items);
	names->items[names->count++] = mem_dup(name, n);
}

int
names_read(struct names *names, const char *file, enum reader_mode mode,
    void (*report)(const char *name, const char *reason))
{
	char *const files[] = {(char *)file};
	enum reader_status status;
	const char *problem = NULL;
	struct reader_record r;
	struct input in;
	bool failed;

	*names = (struct names){0};
	input_init(&in, mode, files, 1, report);
	while (!problem && (status = input_read(&in, &r)) != READER_END) {
		if (status == READER_TOO_LONG)
			problem = "a name in it is too long";
		else if (memchr(r.p, '\0', r.n))
			problem = "a name in it has a NUL: is --null missing?";
		else
			add(names, r.p, r.n);
	}
	if (problem)
		report(file, problem);
	failed = problem || in.trouble;
	input_free(&in);
	return failed ? -1 : 0;
}

void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct names){0};
}
