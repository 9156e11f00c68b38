// SPDX-License-Identifier: MIT
/*
 * The two things that are done to sockets and not by libmicrohttpd: to listen,
 * on loopback and nowhere else, and to abort.
 * May call: nothing of ours.
 */
#ifndef SIM_SOCKET_H
#define SIM_SOCKET_H

#include <stdint.h>

/* Listens on 127.0.0.1; *port 0 becomes the free one that was found. -1 with errno set. */
int sim_listen(uint16_t *port);

/* Makes the peer of a connection see a TCP reset. The descriptor stays open. */
void sim_abort(int fd);

#endif
