// SPDX-License-Identifier: MIT
/*
 * HTTP/1.1 on loopback: libmicrohttpd with a loop of our own, in one thread.
 *
 * A call whose answer is not due is suspended, and costs nothing until the
 * room's deadline; thousands of them are fine. libmicrohttpd does not see a
 * client that leaves a suspended connection, so an epoll of ours watches it.
 * Only this file and sim/header see microhttpd.h. The descriptor of sim_server_fd covers
 * both; poll it for at most sim_server_wait_ms, then call sim_server_run.
 * May call: base, sim/sim, sim/header.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "sim/sim.h"

struct sim_server;

/* On 127.0.0.1; port 0 is any free one. NULL with errno set. `sim` is borrowed. */
struct sim_server *sim_server_new(struct sim *sim, uint16_t port);
void sim_server_free(struct sim_server *s);

uint16_t sim_server_port(const struct sim_server *s);
int sim_server_fd(const struct sim_server *s);
int sim_server_wait_ms(const struct sim_server *s, int64_t now); /* as poll(2) takes it */
void sim_server_run(struct sim_server *s, int64_t now);

const char *sim_server_library(void); /* its version, for --version */

#endif
