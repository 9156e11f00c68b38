// SPDX-License-Identifier: MIT
/*
 * Compact JSON laid out as the service lays it out: indented by two blanks in
 * plain bodies, on one line with a blank behind each colon in stream frames.
 *
 * The rooms build compact JSON and nobody else thinks about layout. Bytes in
 * strings pass as they are, so a body that is wrong on purpose stays wrong.
 * May call: base/buf, text/json_string.
 */
#ifndef SIM_PRINT_H
#define SIM_PRINT_H

#include "base/buf.h"

void sim_print_pretty(struct buf *out, struct slice compact); /* without the final newline */
void sim_print_line(struct buf *out, struct slice compact);

#endif
