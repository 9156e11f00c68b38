// SPDX-License-Identifier: MIT
/*
 * The headers of an answer, as the service sets them. alt-svc is left out:
 * nobody should go on to talk HTTP/3 with port 443 of this machine.
 * May call: base/buf, sim/sim.
 */
#ifndef SIM_HEADER_H
#define SIM_HEADER_H

#include "sim/sim.h"

/* Hands each header of the call's answer to `add`. */
void sim_headers(const struct sim_call *c, int64_t now,
    void (*add)(void *to, const char *name, const char *value), void *to);

#endif
