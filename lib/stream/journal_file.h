// SPDX-License-Identifier: MIT
/*
 * The journal's system calls: a file that is opened with care, appended to, and written anew.
 * For stream/journal.c. May call: base/buf, stream/file.
 */
#ifndef STREAM_JOURNAL_FILE_H
#define STREAM_JOURNAL_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A regular file of our user that is no symbolic link, made with 0600 if it was not there, under an
 * exclusive lock that ends with the descriptor. -1 with the reason.
 */
int journal_file_open(const char *path, struct buf *reason);

/* Has the path another file by now, or none? As behind another run's rewriting. */
bool journal_file_is_gone(int fd, const char *path);

/* Its size, and that of its whole lines. All of these: -1 with errno. */
int journal_file_size(int fd, uint64_t *size, uint64_t *whole);

/* When that fails the file is cut back to what it was, if that can be had. */
int journal_file_append(int fd, struct slice bytes);

/* The name of the file is on the disk too. */
int journal_file_sync_folder(const char *path);

/* A new file beside the old one, with parts of that and of others; then in its place. */
struct journal_copy {
	int from, to;
	uint64_t at; /* in `from`: what comes next */
	int error;   /* the first one: what follows does nothing */
};

void journal_copy_begin(struct journal_copy *c, const char *path); /* with the mode of `from` */
void journal_copy_until(struct journal_copy *c, uint64_t end);     /* from `at` on */

/* Ends the copy. On an error, which it returns, the old file stays. */
int journal_copy_end(struct journal_copy *c, const char *path);

#endif
