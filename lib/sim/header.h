// SPDX-License-Identifier: MIT
/*
 * The headers of an answer, as the service sets them. alt-svc is left out:
 * nobody should go on to talk HTTP/3 with port 443 of this machine.
 * May call: base/buf, sim/sim, libmicrohttpd.
 */
#ifndef SIM_HEADER_H
#define SIM_HEADER_H

#include <microhttpd.h>

#include "sim/sim.h"

/* Adds those of the call's answer to the response. */
void sim_headers(const struct sim_call *c, int64_t now, struct MHD_Response *to);

#endif
