// SPDX-License-Identifier: MIT
/*
 * Bytes that do not fit into memory, in a file that has no name.
 *
 * The file is made at the first write, in $TMPDIR or /tmp, and is gone with
 * the process, however that ends.
 * May call: base/buf.
 */
#ifndef STREAM_SPILL_H
#define STREAM_SPILL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct spill { /* zeroed: empty */
	int fd;
	bool open;
	uint64_t end;  /* bytes in the file */
	uint64_t held; /* runs of bytes in it that are still wanted */
};

void spill_free(struct spill *s);

/* The bytes are from *offset on. -1 with errno. */
int spill_add(struct spill *s, struct slice bytes, uint64_t *offset);

/* Appends n bytes from the offset on. -1 with errno. */
int spill_read(const struct spill *s, uint64_t offset, size_t n, struct buf *out);

/* One that was added is not wanted any more. With the last of them the file begins from 0 again. */
void spill_drop(struct spill *s);

/* Where the file is, or would be: for messages. */
const char *spill_folder(void);

#endif
