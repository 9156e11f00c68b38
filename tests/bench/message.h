// SPDX-License-Identifier: MIT
/*
 * Where an HTTP/1.1 message ends: the whole parser of the bench's server and bare client.
 *
 * A body is as long as Content-Length says, and empty without it: the programs that are
 * measured here all send one, and so do the fronts.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include "base/buf.h"

/* The bytes of the message that text begins with, or 0 while it is not there as a whole. */
size_t message_bytes(struct slice text);

#endif
