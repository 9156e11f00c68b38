// SPDX-License-Identifier: MIT
/*
 * curl_multi_socket_action, with libcurl's two callbacks. Its timer is a number that
 * the wait looks at: a timerfd, set about once a call, would triple the cost of a call.
 */
#include "net/lane.h"

#include <errno.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/mem.h"

/* Connections kept, some beside those in use: with fewer than that each call would reconnect. */
#define KEPT_CONNECTIONS 128

int
lane_watch(int epoll, int operation, int fd, struct epoll_event *event)
{
	int status = epoll_ctl(epoll, operation, fd, event);

	if (status && (errno == ENOMEM || errno == ENOSPC))
		mem_exhausted();
	return status;
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
	struct lane *l = context;
	struct epoll_event event = {.data.u64 = lane_event(l->number, fd)};

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	lane_watch(l->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
	if (!known)
		curl_multi_assign(l->multi, fd, l);
	return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *context)
{
	struct lane *l = context;

	(void)multi;
	l->deadline = timeout_ms < 0 ? CLOCK_NEVER : clock_ms() + timeout_ms;
	return 0;
}

void
lane_init(struct lane *l, int epoll, uint32_t number)
{
	*l = (struct lane){
	    .multi = curl_multi_init(), .epoll = epoll, .number = number, .deadline = CLOCK_NEVER};
	if (!l->multi)
		mem_exhausted();
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
}

void
lane_free(struct lane *l)
{
	curl_multi_cleanup(l->multi);
}

void
lane_start(struct lane *l, struct slot *s)
{
	s->lane = l;
	l->in_flight++;
	curl_multi_add_handle(l->multi, s->easy);
}

void
lane_remove(struct lane *l, struct slot *s)
{
	curl_multi_remove_handle(l->multi, s->easy);
	l->in_flight--;
	s->lane = NULL;
}

void
lane_socket(struct lane *l, int fd, uint32_t events)
{
	int what = 0, running;

	if (events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	l->touched = true;
	curl_multi_socket_action(l->multi, fd, what, &running);
}

void
lane_timeout(struct lane *l)
{
	int running;

	l->deadline = CLOCK_NEVER; /* libcurl sets it again if there is more to come */
	l->touched = true;
	curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

struct slot *
lane_done(struct lane *l, CURLcode *code)
{
	CURLMsg *message;
	struct slot *s;
	int left;

	message = l->touched ? curl_multi_info_read(l->multi, &left) : NULL;
	l->touched = message;
	if (!message)
		return NULL;
	*code = message->data.result;
	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&s);
	return s;
}
