// SPDX-License-Identifier: MIT
/*
 * A lane: at most LANE_CALLS calls on one multi handle of libcurl.
 *
 * libcurl walks through all connections of a multi handle for each call, so
 * that one handle with 10,000 of them takes 15 times the CPU time that 100
 * handles take; and with HTTP/2 a lane is one connection, because 100 streams
 * is the most that libcurl puts on one. The lanes share the thread and its
 * epoll: a lane adds the sockets that libcurl names, and keeps the time at
 * which libcurl wants to be called.
 * May call: base, net/slot.
 */
#ifndef NET_LANE_H
#define NET_LANE_H

#include "net/slot.h"

#define LANE_CALLS 100

struct lane {
	CURLM *multi;
	int epoll;        /* borrowed */
	uint32_t number;  /* of the lane, in the events of its sockets */
	int64_t deadline; /* lane_timeout is due; CLOCK_NEVER: it is not */
	size_t in_flight;
	bool touched; /* something has happened since lane_done was last empty */
};

/* What an event of the epoll says: whose it is, and which descriptor's. */
static inline uint64_t
lane_event(uint32_t number, int fd)
{
	return (uint64_t)number << 32 | (uint32_t)fd;
}

/* epoll_ctl, but without memory for it the program ends: what is not watched never comes. */
struct epoll_event;
int lane_watch(int epoll, int operation, int fd, struct epoll_event *event);

void lane_init(struct lane *l, int epoll, uint32_t number); /* l stays where it is */
void lane_free(struct lane *l);

void lane_start(struct lane *l, struct slot *s);
void lane_remove(struct lane *l, struct slot *s); /* ended, or to be given up */

void lane_socket(struct lane *l, int fd, uint32_t events); /* events of epoll */
void lane_timeout(struct lane *l);

/* The next slot that has ended, with libcurl's word for how; NULL when there is none. */
struct slot *lane_done(struct lane *l, CURLcode *code);

#endif
