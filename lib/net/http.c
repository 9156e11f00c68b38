// SPDX-License-Identifier: MIT
#include "net/http.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"

/* libcurl 7.88 may let a timer slip: never sleep longer while a call is in flight. */
#define WAIT_MAX_MS 1000

/* Connections kept beside those in use; below the calls in flight each call would reconnect. */
#define SPARE_CONNECTIONS 32

/* Debian's hashed directory of certificates: read by need, where the bundle costs 26 ms each time. */
#define CA_DIRECTORY "/etc/ssl/certs"

/* CURLE_TOO_LARGE, which the headers of 7.88 do not have yet. */
#define CURLE_100_TOO_LARGE 100

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

struct slot {
	struct http *http;
	CURL *easy;
	struct call *call;
	struct slot *next; /* in the idle list */
	int64_t started_us;
	bool resend_refused;
	char error[CURL_ERROR_SIZE];
};

static struct call **
tail_of(struct http *h)
{
	return h->done ? h->done_tail : &h->done;
}

static void
finish(struct slot *s, enum wire wire, const char *detail)
{
	struct http *h = s->http;
	struct call *call = s->call;
	struct reply *reply = call->reply;
	struct call **tail = tail_of(h);

	reply->wire = wire;
	reply->total_ms = (clock_us() - s->started_us) / 1000;
	if (detail)
		buf_str(&reply->detail, detail);
	curl_multi_remove_handle(h->multi, s->easy);
	s->call = NULL;
	s->next = h->idle;
	h->idle = s;
	h->in_flight--;
	call->next = NULL;
	*tail = call;
	h->done_tail = &call->next;
}

static int
before_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
	struct slot *s = context;

	(void)ip, (void)local_ip, (void)port, (void)local_port;
	if (s->call->reply->sent) {
		s->resend_refused = true;
		return CURL_PREREQFUNC_ABORT;
	}
	s->call->reply->sent++;
	return CURL_PREREQFUNC_OK;
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *context)
{
	struct slot *s = context;
	struct reply *reply = s->call->reply;

	if (reply->first_ms < 0)
		reply->first_ms = (clock_us() - s->started_us) / 1000;
	buf_add(&reply->body, bytes, size * n);
	return reply->body.over ? 0 : size * n;
}

/* Retry-After: seconds or an HTTP date (RFC 9110 10.2.3); retry-after-ms is a gateway's. */
static int64_t
retry_after_ms(const char *value, bool in_ms)
{
	char *end;
	double number = strtod(value, &end);
	time_t date;

	while (*end == ' ')
		end++;
	if (end != value && !*end && number >= 0 && number < 1e9)
		return (int64_t)(in_ms ? number : number * 1000);
	date = curl_getdate(value, NULL);
	if (date < 0)
		return -1;
	return date > clock_unix_s() ? ((int64_t)date - clock_unix_s()) * 1000 : 0;
}

/* The value of the line when it is the header of that name, else NULL. */
static const char *
header_value(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	for (line += n + 1; *line == ' ' || *line == '\t'; line++)
		;
	return line;
}

static size_t
on_header(char *bytes, size_t size, size_t n, void *context)
{
	struct slot *s = context;
	struct reply *reply = s->call->reply;
	char line[128]; /* longer than any value that is looked at */
	const char *value;
	size_t length = size * n;

	while (length && (bytes[length - 1] == '\r' || bytes[length - 1] == '\n'))
		length--;
	if (length >= sizeof line)
		return size * n;
	memcpy(line, bytes, length);
	line[length] = '\0';
	if ((value = header_value(line, "retry-after-ms")))
		reply->retry_after_ms = retry_after_ms(value, true);
	else if ((value = header_value(line, "retry-after")) && reply->retry_after_ms < 0)
		reply->retry_after_ms = retry_after_ms(value, false);
	return size * n;
}

/* The certificates: a bundle that was named, else the hashed directory, never both (28 times dearer). */
static void
set_trust(CURL *easy, const char *ca_file)
{
	const char *bundle = ca_file ? ca_file : getenv("CURL_CA_BUNDLE");
	const char *directory = getenv("SSL_CERT_DIR");

	if (!bundle)
		bundle = getenv("SSL_CERT_FILE");
	if (bundle && *bundle) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, directory && *directory ? directory : CA_DIRECTORY);
}

static void
set_options(struct slot *s)
{
	struct http *h = s->http;
	const struct http_config *c = h->config;
	CURL *easy = s->easy;

	curl_easy_reset(easy); /* 7.88.1 carries its count of silent retries over otherwise */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, h->loopback ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 30L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, c->user_agent);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, s);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, s);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
	if (h->loopback)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	set_trust(easy, c->ca_file);
}

static struct slot *
take_slot(struct http *h)
{
	struct slot *s = h->idle;

	if (s) {
		h->idle = s->next;
		return s;
	}
	s = mem_zero(1, sizeof *s);
	s->http = h;
	s->easy = curl_easy_init();
	if (!s->easy)
		mem_exhausted();
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
	const struct request *r = call->request;

	reply_reset(call->reply);
	s->call = call;
	s->resend_refused = false;
	s->error[0] = '\0';
	call->handle = s;
	set_options(s);
	buf_reset(&h->url);
	buf_str(&h->url, h->config->base_url);
	buf_slice(&h->url, buf_view(&r->path));
	curl_easy_setopt(s->easy, CURLOPT_URL, h->url.data);
	curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, r->body.data);
	curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
	s->started_us = clock_us();
	h->in_flight++;
	keep_connections(h);
	curl_multi_add_handle(h->multi, s->easy);
}

static void
http_cancel(void *self, struct call *call)
{
	(void)self;
	finish(call->handle, WIRE_CANCELLED, "given up before the answer came");
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

static bool
is_trust_error(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
	       code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_PINNEDPUBKEYNOTMATCH ||
	       code == CURLE_SSL_INVALIDCERTSTATUS;
}

/* What went out decides, not the code: 7 also comes from a resend that could not reconnect. */
static enum wire
wire_of(const struct slot *s, CURLcode code)
{
	if (s->call->reply->body.over || (int)code == CURLE_100_TOO_LARGE)
		return WIRE_TOO_LARGE;
	if (code == CURLE_OUT_OF_MEMORY && s->call->reply->status)
		return WIRE_TOO_LARGE; /* 7.88's word for headers of more than 300 KB */
	if (code == CURLE_OK)
		return WIRE_ANSWERED;
	if (!s->call->reply->sent)
		return is_trust_error(code) ? WIRE_UNTRUSTED : WIRE_UNSENT;
	return code == CURLE_OPERATION_TIMEDOUT ? WIRE_TIMEOUT : WIRE_LOST;
}

static void
on_ended(struct slot *s, CURLcode code)
{
	struct reply *reply = s->call->reply;
	const char *detail = NULL;
	enum wire wire;
	long status = 0;

	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	reply->status = (int)status;
	wire = wire_of(s, code);
	if (wire == WIRE_TOO_LARGE)
		detail = "the answer is larger than its ceiling of 64 MiB";
	else if (s->resend_refused)
		detail = "connection lost before the answer, not sent again";
	else if (code != CURLE_OK)
		detail = s->error[0] ? s->error : curl_easy_strerror(code);
	finish(s, wire, detail);
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
		on_ended(s, code);
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
	if (!h->done)
		curl_multi_poll(h->multi, fds, n, poll_timeout(h, deadline), NULL);
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

static void
build_headers(struct http *h)
{
	const struct http_config *c = h->config;
	struct buf line = {0};

	add_header(h, "Content-Type: application/json");
	add_header(h, "Expect:"); /* else libcurl waits a second before bodies of over 1 MB */
	buf_printf(&line, "X-Server-Timeout: %lld", (long long)(c->timeout_ms + 999) / 1000);
	add_header(h, line.data);
	if (c->key) {
		buf_reset(&line);
		buf_printf(&line, "%s: %s", c->key_header, c->key);
		add_header(h, line.data);
		explicit_bzero(line.data, line.len);
	}
	for (size_t i = 0; i < c->header_count; i++)
		add_header(h, c->headers[i]);
	buf_free(&line);
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
		curl_easy_cleanup(s->easy);
		free(s);
	}
	curl_multi_cleanup(h->multi);
	for (struct curl_slist *l = h->headers; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(h->headers);
	buf_free(&h->url);
	free(h);
	curl_global_cleanup();
}

const char *
http_library(void)
{
	return curl_version();
}
