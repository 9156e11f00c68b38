// SPDX-License-Identifier: MIT
/*
 * One multi handle and curl_multi_poll, which waits for the descriptors of the
 * program as well. Slots (net/slot) are kept for the next call.
 */
#include "net/http.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/slot.h"

/* libcurl 7.88 may let a timer slip: never sleep longer while a call is in flight. */
#define WAIT_MAX_MS 1000

/* Connections kept beside those in use; below the calls in flight each call would reconnect. */
#define SPARE_CONNECTIONS 32

/* Descriptors that are no connection: streams, files, the resolver, libcurl's own. */
#define OTHER_DESCRIPTORS 64

struct http {
	const struct http_config *config;
	CURLM *multi;
	struct curl_slist *headers;
	struct buf url; /* scratch */
	bool loopback;
	struct slot *idle; /* handles that wait for their next call */
	struct call *done;
	struct call **done_tail;
	size_t in_flight;
	size_t connections; /* what the multi handle was told to keep */
};

static struct call **
tail_of(struct http *h)
{
	return h->done ? h->done_tail : &h->done;
}

/* The slot has ended its call: it is idle again, and the call is done. */
static void
finish(struct http *h, struct slot *s, struct call *call)
{
	struct call **tail = tail_of(h);

	curl_multi_remove_handle(h->multi, s->easy);
	s->next = h->idle;
	h->idle = s;
	h->in_flight--;
	call->next = NULL;
	*tail = call;
	h->done_tail = &call->next;
}

static struct slot *
take_slot(struct http *h)
{
	struct slot *s = h->idle;

	if (!s)
		return slot_new();
	h->idle = s->next;
	return s;
}

static void
keep_connections(struct http *h)
{
	if (h->in_flight <= h->connections)
		return;
	h->connections = h->in_flight + SPARE_CONNECTIONS;
	curl_multi_setopt(
	    h->multi, CURLMOPT_MAXCONNECTS, (long)(h->connections + SPARE_CONNECTIONS));
}

static int64_t
http_now(void *self)
{
	(void)self;
	return clock_ms();
}

static void
http_start(void *self, struct call *call)
{
	struct http *h = self;
	struct slot *s = take_slot(h);

	buf_reset(&h->url);
	buf_str(&h->url, h->config->base_url);
	buf_slice(&h->url, buf_view(&call->request->path));
	slot_begin(s, call, h->config, h->headers, h->url.data, h->loopback);
	h->in_flight++;
	keep_connections(h);
	curl_multi_add_handle(h->multi, s->easy);
}

static void
http_cancel(void *self, struct call *call)
{
	struct slot *s = call->handle;

	finish(self, s, slot_cancel(s));
}

static struct call *
http_done(void *self)
{
	struct http *h = self;
	struct call *call = h->done;

	if (call)
		h->done = call->next;
	return call;
}

static void
collect(struct http *h)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(h->multi, &left))) {
		CURLcode code = message->data.result;
		struct slot *s;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&s);
		finish(h, s, slot_end(s, code));
	}
}

static int
poll_timeout(const struct http *h, int64_t deadline)
{
	int64_t left = deadline == CLOCK_NEVER ? INT32_MAX : deadline - clock_ms();
	int64_t most = h->in_flight ? WAIT_MAX_MS : INT32_MAX;

	if (left < 0)
		return 0;
	return (int)(left < most ? left : most);
}

static void
http_wait(void *self, struct watch *watches, size_t count, int64_t deadline)
{
	struct http *h = self;
	struct curl_waitfd fds[8];
	unsigned n = 0;
	int running;

	for (size_t i = 0; i < count; i++) {
		watches[i].ready = false;
		if (watches[i].fd < 0)
			continue;
		fds[n++] = (struct curl_waitfd){
		    watches[i].fd, watches[i].write ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN, 0};
	}
	curl_multi_perform(h->multi, &running);
	collect(h);
	/* looked at even when a call is done: signals must get through the densest traffic */
	curl_multi_poll(h->multi, fds, n, h->done ? 0 : poll_timeout(h, deadline), NULL);
	for (size_t i = 0, k = 0; i < count; i++) {
		if (watches[i].fd >= 0)
			watches[i].ready = fds[k++].revents != 0;
	}
	curl_multi_perform(h->multi, &running);
	collect(h);
}

struct transport
http_transport(struct http *h)
{
	return (struct transport){h, http_now, http_start, http_cancel, http_done, http_wait};
}

static void
add_header(struct http *h, const char *line)
{
	struct curl_slist *list = curl_slist_append(h->headers, line);

	if (!list)
		mem_exhausted();
	h->headers = list;
}

static bool
is_header(const char *line, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(line, name, n) == 0 && line[n] == ':';
}

bool
http_owns_header(const char *line)
{
	return is_header(line, "Content-Length") || is_header(line, "Transfer-Encoding");
}

/* One of ours, unless the user has given one of that name. */
static void
add_own_header(struct http *h, const char *name, const char *value)
{
	struct buf line = {0};

	for (size_t i = 0; i < h->config->header_count; i++) {
		if (is_header(h->config->headers[i], name))
			return;
	}
	buf_printf(&line, "%s: %s", name, value);
	add_header(h, line.data);
	explicit_bzero(line.data, line.len);
	buf_free(&line);
}

static void
build_headers(struct http *h)
{
	const struct http_config *c = h->config;
	struct buf seconds = {0};

	buf_printf(&seconds, "%" PRId64, (c->timeout_ms + 999) / 1000);
	add_own_header(h, "Content-Type", "application/json");
	if (c->timeout_ms)
		add_own_header(h, "X-Server-Timeout", seconds.data);
	if (c->key)
		add_own_header(h, c->key_header, c->key);
	add_header(h, "Expect:"); /* else libcurl waits a second before bodies of over 1 MB */
	for (size_t i = 0; i < c->header_count; i++)
		add_header(h, c->headers[i]);
	buf_free(&seconds);
}

struct http *
http_open(const struct http_config *config, const char **reason)
{
	struct http *h = mem_zero(1, sizeof *h);
	struct buf clean = {0};

	*reason = "libcurl does not start";
	h->config = config;
	if (http_check_url(config->base_url, &clean, &h->loopback, reason) ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) || !(h->multi = curl_multi_init())) {
		buf_free(&clean);
		free(h);
		return NULL;
	}
	buf_free(&clean);
	build_headers(h);
	return h;
}

void
http_close(struct http *h)
{
	while (h->idle) {
		struct slot *s = h->idle;

		h->idle = s->next;
		slot_free(s);
	}
	curl_multi_cleanup(h->multi);
	for (struct curl_slist *l = h->headers; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(h->headers);
	buf_free(&h->url);
	free(h);
	curl_global_cleanup();
}

size_t
http_descriptors(size_t calls)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return calls;
	if (limit.rlim_cur < calls + OTHER_DESCRIPTORS) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= calls + OTHER_DESCRIPTORS)
		return calls;
	return limit.rlim_cur > OTHER_DESCRIPTORS ? limit.rlim_cur - OTHER_DESCRIPTORS : 1;
}

const char *
http_library(void)
{
	return curl_version();
}
