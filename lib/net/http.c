// SPDX-License-Identifier: MIT
/*
 * The transport: lanes (net/lane), the epoll that they share with the program's
 * own descriptors, and who may start.
 *
 * The first call goes alone, the scout: until its connection has come up
 * nobody knows that the name resolves, that the certificate is good, and
 * whether calls share a connection, and a thousand calls would ask at once.
 * While none has come up, each that fails lets twice as many try.
 */
#include "net/http.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/lane.h"

/* libcurl 7.88 may let a timer slip: never sleep longer while a call is in flight. */
#define WAIT_MAX_MS 1000

/* What one look at the epoll takes: its costs are shared, and signals are seen in between. */
#define EVENTS 256

#define LANES (HTTP_CALLS_MAX / LANE_CALLS)
#define NO_LANE UINT32_MAX /* of the events of the program's descriptors */

struct http {
	struct origin origin;
	struct buf url; /* scratch */
	int epoll;
	struct lane lanes[LANES];
	size_t lane_count;       /* that have been opened */
	SLIST_HEAD(, slot) idle; /* handles that wait for their next call */
	struct call_timeouts timeouts;
	STAILQ_HEAD(, call) done;
	size_t in_flight;
	size_t scouts; /* how many may be in flight before a connection has come up */
};

/* The lowest lane with room, so that few connections carry the calls. */
static struct lane *
open_lane(struct http *h)
{
	for (size_t i = 0; i < h->lane_count; i++) {
		if (h->lanes[i].in_flight < LANE_CALLS)
			return &h->lanes[i];
	}
	assert(h->lane_count < LANES);
	lane_init(&h->lanes[h->lane_count], h->epoll, (uint32_t)h->lane_count);
	return &h->lanes[h->lane_count++];
}

static struct slot *
take_slot(struct http *h)
{
	struct slot *s = SLIST_FIRST(&h->idle);

	if (!s)
		return slot_new(&h->origin, &h->timeouts);
	SLIST_REMOVE_HEAD(&h->idle, idle);
	return s;
}

/* The slot has ended its call: it is idle again, and the call is done. */
static void
finish(struct http *h, struct slot *s, struct call *call)
{
	lane_remove(s->lane, s);
	SLIST_INSERT_HEAD(&h->idle, s, idle);
	h->in_flight--;
	h->scouts++; /* each that ends makes room for two */
	STAILQ_INSERT_TAIL(&h->done, call, done);
}

static int64_t
http_now(void *self)
{
	(void)self;
	return clock_ms();
}

static bool
http_is_open(void *self)
{
	const struct http *h = self;

	return h->origin.reached || h->in_flight < h->scouts;
}

static void
http_start(void *self, struct call *call)
{
	struct http *h = self;
	struct slot *s = take_slot(h);

	buf_reset(&h->url);
	buf_str(&h->url, h->origin.config->base_url);
	buf_slice(&h->url, buf_view(&call->request->path));
	slot_begin(s, call, h->url.data);
	h->in_flight++;
	lane_start(open_lane(h), s);
}

static void
http_cancel(void *self, struct call *call)
{
	struct slot *s = call->handle;

	finish(self, s, slot_give_up(s, WIRE_CANCELLED));
}

static struct call *
http_done(void *self)
{
	struct http *h = self;
	struct call *call = STAILQ_FIRST(&h->done);

	if (call)
		STAILQ_REMOVE_HEAD(&h->done, done);
	return call;
}

/* Has epoll tell of the descriptor once. True: it takes none of that kind: it is always ready. */
static bool
arm_watch(struct http *h, struct watch *w)
{
	struct epoll_event event = {.events = EPOLLONESHOT, .data.u64 = lane_event(NO_LANE, w->fd)};

	if (w->what != WATCH_HANGUP)
		event.events |= w->what == WATCH_INPUT ? EPOLLIN : EPOLLOUT;
	if (lane_watch(h->epoll, EPOLL_CTL_MOD, w->fd, &event) == 0 ||
	    (errno == ENOENT && lane_watch(h->epoll, EPOLL_CTL_ADD, w->fd, &event) == 0))
		return false;
	return w->what != WATCH_HANGUP;
}

static void
mark_ready(struct watch *watches, size_t count, int fd)
{
	for (size_t i = 0; i < count; i++)
		watches[i].ready |= watches[i].fd == fd;
}

/* When the oldest of them has lasted for the limit. */
static int64_t
deadline_of(const struct timeouts *in, int64_t limit_ms)
{
	const struct timeout *oldest = TAILQ_FIRST(in);

	return oldest && limit_ms ? oldest->since_us / 1000 + limit_ms : CLOCK_NEVER;
}

/* When something is due: the caller's deadline, a lane's, a call's. */
static int64_t
next_deadline(const struct http *h, int64_t deadline, int64_t now)
{
	const struct http_config *c = h->origin.config;

	if (h->in_flight)
		deadline = clock_earlier(deadline, now + WAIT_MAX_MS);
	deadline = clock_earlier(deadline, deadline_of(&h->timeouts.attempts, c->timeout_ms));
	deadline = clock_earlier(deadline, deadline_of(&h->timeouts.answers, c->stall_ms));
	for (size_t i = 0; i < h->lane_count; i++)
		deadline = clock_earlier(deadline, h->lanes[i].deadline);
	return deadline;
}

static int
epoll_timeout(const struct http *h, int64_t deadline)
{
	int64_t now = clock_ms(), due = next_deadline(h, deadline, now);

	if (due <= now || !STAILQ_EMPTY(&h->done))
		return 0;
	return (int)(due - now < INT32_MAX ? due - now : INT32_MAX);
}

/* Waits once and passes on what has happened; returns how much has. */
static int
poll_once(struct http *h, struct watch *watches, size_t count, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(h->epoll, events, EVENTS, timeout_ms);

	if (n < 0) /* stopped and continued: what has come meanwhile is there */
		n = epoll_wait(h->epoll, events, EVENTS, 0);
	for (int i = 0; i < n; i++) {
		uint32_t number = (uint32_t)(events[i].data.u64 >> 32);
		int fd = (int)(uint32_t)events[i].data.u64;

		if (number == NO_LANE)
			mark_ready(watches, count, fd);
		else
			lane_socket(&h->lanes[number], fd, events[i].events);
	}
	return n;
}

/* Those that are due, and after a long silence all: libcurl may have let one slip. */
static void
call_timers(struct http *h, bool silent)
{
	int64_t now = clock_ms();

	for (size_t i = 0; i < h->lane_count; i++) {
		if (h->lanes[i].deadline <= now || (silent && h->lanes[i].in_flight))
			lane_timeout(&h->lanes[i]);
	}
}

static void
collect(struct http *h)
{
	struct slot *s;
	CURLcode code;

	for (size_t i = 0; i < h->lane_count; i++) {
		while ((s = lane_done(&h->lanes[i], &code)))
			finish(h, s, slot_end(s, code));
	}
}

static void
give_up_old(struct http *h, const struct timeouts *in, int64_t limit_ms, enum wire wire)
{
	int64_t now = clock_ms();

	while (deadline_of(in, limit_ms) <= now) {
		struct slot *s = TAILQ_FIRST(in)->slot;

		finish(h, s, slot_give_up(s, wire));
	}
}

static void
http_wait(void *self, struct watch *watches, size_t count, int64_t deadline)
{
	struct http *h = self;
	int timeout_ms = epoll_timeout(h, deadline);
	int heard;

	for (size_t i = 0; i < count; i++) {
		watches[i].ready = watches[i].fd >= 0 && arm_watch(h, &watches[i]);
		if (watches[i].ready)
			timeout_ms = 0;
	}
	heard = poll_once(h, watches, count, timeout_ms);
	call_timers(h, heard <= 0 && timeout_ms >= WAIT_MAX_MS);
	collect(h);
	if (heard == EVENTS) /* there may be more: an answer that has come is in time */
		return;
	give_up_old(h, &h->timeouts.attempts, h->origin.config->timeout_ms, WIRE_TIMEOUT);
	give_up_old(h, &h->timeouts.answers, h->origin.config->stall_ms, WIRE_STALLED);
}

struct transport
http_transport(struct http *h)
{
	return (struct transport){.self = h,
	    .now = http_now,
	    .open = http_is_open,
	    .start = http_start,
	    .cancel = http_cancel,
	    .done = http_done,
	    .wait = http_wait};
}

struct http *
http_open(const struct http_config *config, const char **reason)
{
	struct http *h = mem_zero(1, sizeof *h);

	h->scouts = 1;
	h->epoll = -1;
	TAILQ_INIT(&h->timeouts.attempts);
	TAILQ_INIT(&h->timeouts.answers);
	STAILQ_INIT(&h->done);
	if (origin_init(&h->origin, config, reason) == 0) {
		*reason = "no epoll: too many open files";
		h->epoll = epoll_create1(EPOLL_CLOEXEC);
	}
	if (h->epoll >= 0)
		return h;
	free(h);
	return NULL;
}

void
http_close(struct http *h)
{
	for (struct slot *s; (s = SLIST_FIRST(&h->idle));) {
		SLIST_REMOVE_HEAD(&h->idle, idle);
		slot_free(s);
	}
	for (size_t i = 0; i < h->lane_count; i++)
		lane_free(&h->lanes[i]);
	origin_free(&h->origin);
	close(h->epoll);
	buf_free(&h->url);
	free(h);
}

/* Not curl_version(), which asks LDAP for its version, which loads all plug-ins of SASL: 2 ms. */
const char *
http_libraries(struct buf *text)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	buf_printf(text, "libcurl/%s %s zlib/%s nghttp2/%s", v->version, v->ssl_version,
	    v->libz_version, v->nghttp2_version ? v->nghttp2_version : "none");
	return text->data;
}
