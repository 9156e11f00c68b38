// SPDX-License-Identifier: MIT
/*
 * What libmicrohttpd leaves to us of sockets: to listen, on loopback and nowhere
 * else, to count how many there may be, and to abort one.
 * May call: nothing of ours.
 */
#ifndef SIM_SOCKET_H
#define SIM_SOCKET_H

#include <stdint.h>

/* Listens on 127.0.0.1; *port 0 becomes the free one that was found. -1 with errno set. */
int sim_listen(uint16_t *port);

unsigned sim_connection_limit(void); /* what the limit of open files allows */

/* Makes the peer of a connection see a TCP reset. The descriptor stays open. */
void sim_abort(int fd);

#endif
