// SPDX-License-Identifier: MIT
/*
 * The texts that an option table gives by itself: usage, version, completions;
 * and the rows that every program has.
 * May call: base/buf, base/cli's structs.
 */
#ifndef BASE_USAGE_H
#define BASE_USAGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cli.h"

#define CLI_COMMON 5 /* rows of cli_common, its end included */

extern const struct cli_option cli_common[CLI_COMMON];

bool cli_is_end(const struct cli_option *row);
void cli_usage(const struct cli_program *p, struct buf *out);
void cli_version(const struct cli_program *p, struct buf *out);
/* -1: unknown shell. */
int cli_completion(const struct cli_program *p, const char *shell, struct buf *out);

#endif
