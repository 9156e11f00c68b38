// SPDX-License-Identifier: MIT
/*
 * A list of file names, read from a file: one a line, or up to each NUL as
 * find -print0 writes them.
 * May call: base/mem, stream/input.
 */
#ifndef STREAM_NAMES_H
#define STREAM_NAMES_H

#include "stream/input.h"

struct names {
	char **items;
	size_t count;
};

/* "-" is stdin; blank names are passed over. -1: the list cannot be read, which was reported. */
int names_read(struct names *names, const char *file, enum reader_mode mode,
    void (*report)(const char *name, const char *reason));
void names_free(struct names *names);

#endif
