// SPDX-License-Identifier: MIT
/*
 * May a call start now? The one door through which every attempt goes.
 *
 * It puts together a bound on the calls in flight, the pacer, and the pause
 * that the server asked for: a hint that one call got holds for all of them.
 * A record that waits for its retry is not in flight and holds no place.
 * May call: limit/pacer.
 */
#ifndef LIMIT_GATE_H
#define LIMIT_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "limit/pacer.h"

#define GATE_FULL INT64_MAX /* not before a call in flight has ended */

struct gate {
	size_t bound;
	size_t in_flight;
	size_t peak;
	struct pacer pacer;
	int64_t paused_until; /* milliseconds on the caller's clock */
};

/* `now`, the time when a call may start, or GATE_FULL. */
int64_t gate_when(const struct gate *g, int64_t now);
void gate_enter(struct gate *g, int64_t now);
void gate_leave(struct gate *g);
void gate_pause(struct gate *g, int64_t until); /* a longer pause stands */

#endif
