// SPDX-License-Identifier: MIT
/*
 * The API key: taken from the environment or a private file, never from argv.
 *
 * After secret_load the key is in this struct and nowhere else: the variables
 * that held it are overwritten in place, because unsetenv leaves the bytes
 * for /proc/PID/environ to show. secret_redact takes the key out of any text
 * that is about to be printed.
 * May call: base/mem, base/buf.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/buf.h"

struct secret {
	char *key; /* NULL: none found */
};

/*
 * Reads the key from `file`, or from the first of the named variables that is
 * set and not empty; blanks around it are dropped. Returns 0 (key may still
 * be NULL: none is set), or -1 with a message that says what to do.
 * Every named variable is scrubbed in any case.
 */
int secret_load(
    struct secret *s, const char *file, const char *const *variables, struct buf *error);
/*
 * For a program that is about to hold a key: no core file has it, no other process of the user
 * may look into this one's memory or environment, and what it were to run gains no privileges.
 */
void secret_guard(void);

/* Scrubs every variable that may hold a key, for programs that need none. */
void secret_forget(void);
void secret_free(struct secret *s); /* overwritten first */

/* Each place where the key stands in `text`, plain or with escapes of JSON, becomes "[key]". */
void secret_redact(const struct secret *s, struct buf *text);

#endif
