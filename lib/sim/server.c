// SPDX-License-Identifier: MIT
#include "sim/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

/* Clients may all connect at once; the kernel bounds it by net.core.somaxconn. */
#define BACKLOG 4096

/* Descriptors that are not connections: standard ones, epolls, the listener, signals. */
#define OTHER_FDS 32

/* Per connection; 10,000 delayed calls take 55-89 MiB, with the default pool 323 MiB. */
#define CONNECTION_BYTES 8192

/* How much libmicrohttpd asks for at a time. */
#define BLOCK_BYTES 16384

#define EVENTS 256

struct sim_server {
	struct MHD_Daemon *daemon;
	struct sim *sim;
	int64_t now; /* of this turn of the loop */
	int epoll;   /* the daemon's own, and the clients that wait */
	uint16_t port;
};

/* A request on its connection. */
struct visit {
	struct sim_call call; /* the first member: what sim_next hands out is the visit */
	struct MHD_Connection *connection;
	struct sim_server *server;
	size_t sent; /* bytes of the body */
	int fd;
	bool complete; /* the request */
	bool suspended;
	bool watched;
	bool left; /* the client */
};

static void
watch(struct visit *v)
{
	struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET | EPOLLONESHOT, .data.ptr = v};

	if (epoll_ctl(v->server->epoll, EPOLL_CTL_ADD, v->fd, &event) == 0)
		v->watched = true;
}

static void
suspend(struct visit *v)
{
	if (!v->watched)
		watch(v);
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

/* Aborts the connection: what the client gets is a TCP reset. */
static void
reset(struct visit *v)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	connect(v->fd, &none, sizeof none);
}

static ssize_t
body_end(struct visit *v)
{
	switch (v->call.answer.ending) {
	case SIM_END_CLEAN: return MHD_CONTENT_READER_END_OF_STREAM;
	case SIM_END_CUT: return MHD_CONTENT_READER_END_WITH_ERROR;
	case SIM_END_RESET: reset(v); return MHD_CONTENT_READER_END_WITH_ERROR;
	case SIM_END_STALL: break;
	}
	suspend(v);
	return 0;
}

/* The next bytes of the pieces that are due; a piece never shares a block with the next. */
static ssize_t
body_bytes(void *visit, uint64_t position, char *to, size_t room)
{
	struct visit *v = visit;
	const struct sim_answer *a = &v->call.answer;
	size_t piece = 0, left;

	(void)position;
	if (v->left)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	while (piece < a->pieces && a->ends[piece] <= v->sent)
		piece++;
	if (piece == a->pieces && v->call.job.step >= a->pieces)
		return body_end(v);
	if (piece >= v->call.job.step) {
		suspend(v);
		return 0;
	}
	left = a->ends[piece] - v->sent;
	if (left > room)
		left = room;
	memcpy(to, a->body.data + v->sent, left);
	v->sent += left;
	return (ssize_t)left;
}

/* alt-svc is left out: nobody should go on to talk HTTP/3 with port 443 of this machine. */
static void
add_headers(struct MHD_Response *r, const struct sim_call *c, int64_t now)
{
	static const char *const fixed[][2] = {
	    {"Vary", "Origin"},
	    {"Vary", "X-Origin"},
	    {"Vary", "Referer"},
	    {"Server", "scaffolding on HTTPServer2"},
	    {"X-XSS-Protection", "0"},
	    {"X-Frame-Options", "SAMEORIGIN"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"X-Gemini-Service-Tier", "standard"},
	};
	char timing[64];

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		MHD_add_response_header(r, fixed[i][0], fixed[i][1]);
	snprintf(timing, sizeof timing, "gfet4t7; dur=%lld", (long long)(now - c->arrived));
	MHD_add_response_header(r, "Server-Timing", timing);
	MHD_add_response_header(r, "Content-Type", c->answer.type);
	if (strcmp(c->answer.type, SIM_TYPE_SSE) == 0)
		MHD_add_response_header(r, "Content-Disposition", "attachment");
	if (c->answer.gzipped)
		MHD_add_response_header(r, "Content-Encoding", "gzip");
	if (c->answer.retry_after)
		MHD_add_response_header(r, "Retry-After", c->answer.retry_after);
	if (c->answer.location)
		MHD_add_response_header(r, "Location", c->answer.location);
}

static enum MHD_Result
queue_answer(struct visit *v)
{
	struct sim_call *c = &v->call;
	struct MHD_Response *r;
	enum MHD_Result result;

	if (c->answer.ending == SIM_END_RESET && c->answer.pieces == 0) {
		reset(v);
		return MHD_NO;
	}
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, body_bytes, v, NULL);
	if (!r)
		return MHD_NO;
	add_headers(r, c, v->server->now);
	result = MHD_queue_response(v->connection, (unsigned)c->answer.status, r);
	MHD_destroy_response(r);
	return result;
}

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const char *
argument(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
}

/* Their strings live until the request is completed. */
static void
read_head(struct visit *v, const char *method, const char *path)
{
	struct MHD_Connection *c = v->connection;
	const char *encodings = header(c, "Accept-Encoding");

	v->call.head = (struct sim_head){
	    .method = method,
	    .path = path,
	    .key = header(c, "X-Goog-Api-Key"),
	    .alt = argument(c, "alt"),
	    .timeout = header(c, "X-Server-Timeout"),
	    .page_size = argument(c, "pageSize"),
	    .page_token = argument(c, "pageToken"),
	    .gzip = encodings && strstr(encodings, "gzip"),
	};
	if (!v->call.head.key)
		v->call.head.key = argument(c, "key");
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
	buf_init(&v->call.body, SIM_BODY_MAX_BYTES);
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
	if (!v) {
		*state = visit_new(s, connection);
		return MHD_YES;
	}
	if (v->left)
		return MHD_NO;
	if (*size) {
		buf_add(&v->call.body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (!v->complete) {
		v->complete = true;
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

	(void)connection, (void)code;
	if (!v)
		return;
	sim_leave(s->sim, &v->call, s->now);
	if (v->watched)
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, v->fd, NULL);
	sim_call_free(&v->call);
	free(v);
	*state = NULL;
}

static int
listen_on(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0)
		return -1;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&a, &size)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	*port = ntohs(a.sin_port);
	return fd;
}

static unsigned
connection_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur <= 2 * OTHER_FDS)
		return OTHER_FDS;
	return files.rlim_cur > INT_MAX ? INT_MAX : (unsigned)files.rlim_cur - OTHER_FDS;
}

struct sim_server *
sim_server_new(struct sim *sim, uint16_t port)
{
	struct sim_server *s = mem_zero(1, sizeof *s);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	int fd = listen_on(&port);

	s->sim = sim;
	s->port = port;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (fd >= 0 && s->epoll >= 0)
		s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
		    NULL, handle, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		    connection_limit(), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		    (size_t)CONNECTION_BYTES, MHD_OPTION_NOTIFY_COMPLETED, completed, s,
		    MHD_OPTION_END);
	if (!s->daemon) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		sim_server_free(s);
		errno = error;
		return NULL;
	}
	epoll_ctl(s->epoll, EPOLL_CTL_ADD,
	    MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &event);
	return s;
}

void
sim_server_free(struct sim_server *s)
{
	if (!s)
		return;
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	if (s->epoll >= 0)
		close(s->epoll);
	free(s);
}

uint16_t
sim_server_port(const struct sim_server *s)
{
	return s->port;
}

int
sim_server_fd(const struct sim_server *s)
{
	return s->epoll;
}

int
sim_server_wait_ms(const struct sim_server *s, int64_t now)
{
	int64_t deadline = sim_deadline(s->sim), wait = deadline - now;
	MHD_UNSIGNED_LONG_LONG own;

	if (deadline == CLOCK_NEVER || wait > INT_MAX)
		wait = INT_MAX;
	if (MHD_get_timeout(s->daemon, &own) == MHD_YES && (int64_t)own < wait)
		wait = (int64_t)own;
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
		sim_leave(s->sim, &v->call, s->now);
		resume(v);
	}
}

void
sim_server_run(struct sim_server *s, int64_t now)
{
	struct sim_call *c;

	s->now = now;
	see_who_left(s);
	while ((c = sim_next(s->sim, now)))
		resume((struct visit *)c);
	MHD_run(s->daemon);
}

const char *
sim_server_library(void)
{
	return MHD_get_version();
}
