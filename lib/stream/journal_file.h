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

/* To the file of `end` bytes, which is cut back to these, if that can be had, when it fails. */
int journal_file_append(int fd, struct slice bytes, uint64_t end);

/* The name of the file is on the disk too. */
int journal_file_sync_folder(const char *path);

/* A new file beside the old one, under its lock, with parts of the old one; then in its place. */
struct journal_copy {
	int from, to;
	uint64_t at; /* in the old file: what comes next */
	int error;   /* the first one: what follows does nothing */
};

void journal_copy_begin(struct journal_copy *c, const char *path);
void journal_copy_until(struct journal_copy *c, uint64_t end); /* from `at` on */

void journal_copy_add(struct journal_copy *c, struct slice bytes);

/* Closes the old file: `to` is the file now. On an error, which it returns, the old one stays. */
int journal_copy_end(struct journal_copy *c, const char *path);

#endif
