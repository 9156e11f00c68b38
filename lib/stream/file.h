// SPDX-License-Identifier: MIT
/*
 * What the rooms that keep files have in common.
 * May call: base/buf.
 */
#ifndef STREAM_FILE_H
#define STREAM_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"

/* Are they one file, under whatever names? */
bool file_is_same(const struct stat *a, const struct stat *b);

/*
 * Would what is written to one mix with what is written to the other? Not on a terminal or on
 * /dev/null, and never with -1.
 */
bool file_mixes(int a, int b);

/* Is it a regular file that holds something, which does not begin like this? */
bool file_holds_other(const char *path, const char *begin);

/* Appends the n bytes from the offset on, without moving the file's own place. -1 with errno. */
int file_read_at(int fd, uint64_t offset, size_t n, struct buf *out);

#endif
