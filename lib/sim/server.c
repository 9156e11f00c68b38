// SPDX-License-Identifier: MIT
/* libmicrohttpd in an external loop: a call is parked and resumed when it is due. */
#include "sim/server.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sim/header.h"

/* Per connection; 10,000 delayed calls take 55-89 MiB, with the default pool 323 MiB. */
#define CONNECTION_BYTES 8192

/* How much libmicrohttpd asks for at a time. */
#define BLOCK_BYTES 16384

#define BACKLOG 4096U /* clients may all connect at once; net.core.somaxconn bounds it */
#define EVENTS 256

struct sim_server {
	struct MHD_Daemon *daemon;
	struct sim *sim;
	LIST_HEAD(, visit) visits; /* all that there are */
	int64_t now;               /* of this turn of the loop */
	int epoll;                 /* the daemon's own, and the clients that wait */
	bool closing;
};

/* A request on its connection. */
struct visit {
	struct sim_call call;   /* the first member: what sim_next hands out is the visit */
	LIST_ENTRY(visit) list; /* the server's */
	struct MHD_Connection *connection;
	struct sim_server *server;
	size_t piece; /* of the body, which goes out now */
	int fd;
	bool suspended;
	bool watched;
	bool left; /* the client */
};

static void
suspend(struct visit *v)
{
	struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET | EPOLLONESHOT, .data.ptr = v};

	if (!v->watched)
		v->watched = epoll_ctl(v->server->epoll, EPOLL_CTL_ADD, v->fd, &event) == 0;
	v->suspended = true;
	MHD_suspend_connection(v->connection);
}

static void
resume(struct visit *v)
{
	if (!v->suspended)
		return;
	v->suspended = false;
	MHD_resume_connection(v->connection);
}

/*
 * All pieces are out. An end that a directive asked for is an answer given, to the statistics.
 * connect(2) to "no address" dissolves a TCP connection; on Linux that sends a reset at once.
 */
static ssize_t
body_end(struct visit *v)
{
	static const struct sockaddr none = {.sa_family = AF_UNSPEC};

	switch (v->call.answer.ending) {
	case SIM_END_CLEAN: return MHD_CONTENT_READER_END_OF_STREAM;
	case SIM_END_STALL: suspend(v); return 0;
	case SIM_END_RESET: connect(v->fd, &none, sizeof none); break;
	case SIM_END_CUT: break;
	}
	sim_end(v->server->sim, &v->call, true, v->server->now);
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The next bytes of the pieces that are due; a piece never shares a block with the next. */
static ssize_t
body_bytes(void *visit, uint64_t position, char *to, size_t room)
{
	struct visit *v = visit;
	const struct sim_answer *a = &v->call.answer;
	size_t left;

	if (v->left)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	while (v->piece < a->pieces && a->ends[v->piece] <= position)
		v->piece++;
	if (v->piece == a->pieces && v->call.job.step >= a->pieces)
		return body_end(v);
	if (v->piece >= v->call.job.step) {
		suspend(v);
		return 0;
	}
	left = a->ends[v->piece] - position;
	if (left > room)
		left = room;
	memcpy(to, a->body.data + position, left);
	return (ssize_t)left;
}

static enum MHD_Result
queue_answer(struct visit *v)
{
	const struct sim_call *c = &v->call;
	struct MHD_Response *r;
	enum MHD_Result result;

	if (c->answer.ending == SIM_END_RESET && c->answer.pieces == 0) {
		body_end(v); /* without a head even */
		return MHD_NO;
	}
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, body_bytes, v, NULL);
	if (!r)
		return MHD_NO;
	sim_headers(c, v->server->now, r);
	result = MHD_queue_response(v->connection, (unsigned)c->answer.status, r);
	MHD_destroy_response(r);
	return result;
}

static const char *
value(const struct visit *v, enum MHD_ValueKind kind, const char *name)
{
	return MHD_lookup_connection_value(v->connection, kind, name);
}

/* Their strings live until the request is completed. */
static void
read_head(struct visit *v, const char *method, const char *path)
{
	const char *encodings = value(v, MHD_HEADER_KIND, "Accept-Encoding");

	v->call.head = (struct sim_head){
	    .method = method,
	    .path = path,
	    .key = value(v, MHD_HEADER_KIND, "X-Goog-Api-Key"),
	    .alt = value(v, MHD_GET_ARGUMENT_KIND, "alt"),
	    .timeout = value(v, MHD_HEADER_KIND, "X-Server-Timeout"),
	    .page_size = value(v, MHD_GET_ARGUMENT_KIND, "pageSize"),
	    .page_token = value(v, MHD_GET_ARGUMENT_KIND, "pageToken"),
	    .gzip = encodings && strstr(encodings, "gzip"),
	};
	if (!v->call.head.key)
		v->call.head.key = value(v, MHD_GET_ARGUMENT_KIND, "key");
}

static struct visit *
visit_new(struct sim_server *s, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct visit *v = mem_zero(1, sizeof *v);

	v->server = s;
	v->connection = connection;
	v->fd = info->connect_fd;
	LIST_INSERT_HEAD(&s->visits, v, list);
	v->call.body.max = SIM_BODY_MAX_BYTES;
	return v;
}

/* libmicrohttpd's handler: called with the head, with each part of the body, and when resumed. */
static enum MHD_Result
handle(void *server, struct MHD_Connection *connection, const char *path, const char *method,
    const char *version, const char *data, size_t *size, void **state)
{
	struct sim_server *s = server;
	struct visit *v = *state;

	(void)version;
	if (s->closing || (v && v->left))
		return MHD_NO;
	if (!v) {
		*state = visit_new(s, connection);
		return MHD_YES;
	}
	if (*size) {
		buf_add(&v->call.body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (!v->call.head.path) {
		read_head(v, method, path);
		sim_begin(s->sim, &v->call, s->now);
	}
	if (v->call.answered || v->call.job.step)
		return queue_answer(v);
	suspend(v);
	return MHD_YES;
}

static void
completed(void *server, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct sim_server *s = server;
	struct visit *v = *state;

	(void)connection;
	if (!v)
		return;
	sim_end(s->sim, &v->call, code == MHD_REQUEST_TERMINATED_COMPLETED_OK, s->now);
	if (v->watched)
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, v->fd, NULL);
	LIST_REMOVE(v, list);
	sim_call_free(&v->call);
	free(v);
	*state = NULL;
}

struct sim_server *
sim_server_new(struct sim *sim, uint16_t port)
{
	struct sim_server *s = mem_zero(1, sizeof *s);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->sim = sim;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll >= 0)
		s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
		    NULL, handle, s, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_LISTEN_BACKLOG_SIZE,
		    BACKLOG, MHD_OPTION_CONNECTION_LIMIT,
		    (unsigned)INT_MAX /* descriptors end before that */,
		    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		    MHD_OPTION_NOTIFY_COMPLETED, completed, s, MHD_OPTION_END);
	if (!s->daemon) {
		int error = errno;

		sim_server_free(s);
		errno = error;
		return NULL;
	}
	epoll_ctl(s->epoll, EPOLL_CTL_ADD,
	    MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &event);
	return s;
}

/* libmicrohttpd aborts the program if it is stopped while a connection is suspended. */
static void
dismiss(struct sim_server *s)
{
	struct visit *v;

	s->closing = true; /* nor must a call that comes in the last turn be */
	LIST_FOREACH (v, &s->visits, list) {
		v->left = true;
		resume(v);
	}
	MHD_run(s->daemon);
}

void
sim_server_free(struct sim_server *s)
{
	if (!s)
		return;
	if (s->daemon) {
		dismiss(s);
		MHD_stop_daemon(s->daemon);
	}
	if (s->epoll >= 0)
		close(s->epoll);
	free(s);
}

uint16_t
sim_server_port(const struct sim_server *s)
{
	return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

int
sim_server_fd(const struct sim_server *s)
{
	return s->epoll;
}

int
sim_server_wait_ms(const struct sim_server *s, int64_t now)
{
	int64_t wait = clock_earlier(sim_deadline(s->sim) - now, INT_MAX);
	MHD_UNSIGNED_LONG_LONG own;

	if (MHD_get_timeout(s->daemon, &own) == MHD_YES)
		wait = clock_earlier(wait, (int64_t)own);
	return wait < 0 ? 0 : (int)wait;
}

static void
see_who_left(struct sim_server *s)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(s->epoll, events, EVENTS, 0);

	for (int i = 0; i < count; i++) {
		struct visit *v = events[i].data.ptr;

		if (!v) /* the daemon's own descriptor */
			continue;
		v->left = true;
		sim_end(s->sim, &v->call, false, s->now);
		resume(v);
	}
}

static unsigned
connections(struct sim_server *s)
{
	return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

/* Without a free descriptor libmicrohttpd accepts again only in the turn after one was closed. */
void
sim_server_run(struct sim_server *s, int64_t now)
{
	struct sim_call *c;
	unsigned before;

	s->now = now;
	see_who_left(s);
	while ((c = sim_next(s->sim, now)))
		resume((struct visit *)c);
	do {
		before = connections(s);
		MHD_run(s->daemon);
	} while (connections(s) < before);
}

const char *
sim_server_library(void)
{
	return MHD_get_version();
}
