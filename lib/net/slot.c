// SPDX-License-Identifier: MIT
/*
 * The options of an easy handle, the callbacks that fill the reply, and what
 * became of the request by libcurl's result and by what went out.
 */
#include "net/slot.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/header.h"

/* A header with those of 1xx answers before it: far above real ones, below libcurl's 300 KB. */
#define HEADER_MAX_BYTES ((size_t)128 << 10)

/* Silent connections die unseen behind routers: asked after 30 s, kept for the next call for 60. */
#define KEEPALIVE_S 30L
#define KEPT_S 60L

/* CURLE_TOO_LARGE, which the headers of 7.88 do not have yet. */
#define CURLE_100_TOO_LARGE 100

static void
timeout_stop(struct timeout *t)
{
	if (t->in)
		TAILQ_REMOVE(t->in, t, list);
	t->in = NULL;
}

/* From now on, or anew: it is the youngest. */
static void
timeout_start(struct timeout *t, struct timeouts *in, struct slot *s)
{
	timeout_stop(t);
	*t = (struct timeout){.in = in, .slot = s, .since_us = clock_us()};
	TAILQ_INSERT_TAIL(in, t, list);
}

/*
 * Called before each request that goes out. A second one for the same call is libcurl's own idea:
 * either the connection, an old one, has died, or the server has refused the stream, which alone
 * happens on a new one.
 */
static int
before_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
	struct slot *s = context;
	long connects = 0;

	(void)ip, (void)local_ip, (void)port, (void)local_port;
	s->origin->reached = true;
	if (s->call->reply->sent) {
		s->resend_refused = true;
		return CURL_PREREQFUNC_ABORT;
	}
	curl_easy_getinfo(s->easy, CURLINFO_NUM_CONNECTS, &connects);
	s->new_connection = connects > 0;
	s->call->reply->sent++;
	return CURL_PREREQFUNC_OK;
}

/* A byte of the answer has come; 1xx ones before it are none. */
static void
hear(struct slot *s)
{
	struct reply *reply = s->call->reply;

	timeout_start(&s->answer, &s->timeouts->answers, s);
	if (reply->first_ms < 0)
		reply->first_ms = (s->answer.since_us - s->attempt.since_us) / 1000;
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *context)
{
	struct slot *s = context;
	struct reply *reply = s->call->reply;

	hear(s);
	buf_add(&reply->body, bytes, size * n);
	return reply->body.over ? 0 : size * n;
}

static size_t
on_header(char *bytes, size_t size, size_t n, void *context)
{
	struct slot *s = context;
	const char *space = memchr(bytes, ' ', size * n);

	s->header_bytes += size * n;
	if (size * n > 5 && memcmp(bytes, "HTTP/", 5) == 0)
		s->interim = space && space + 1 < bytes + size * n && space[1] == '1';
	if (!s->interim)
		hear(s);
	return s->header_bytes > HEADER_MAX_BYTES ? 0 : size * n;
}

static void
set_trust(CURL *easy, const struct origin *o)
{
	if (!o->secure)
		return;
	if (o->bundle || o->directory)
		curl_easy_setopt(easy, CURLOPT_CAINFO, o->bundle);
	curl_easy_setopt(easy, CURLOPT_CAPATH, o->directory);
}

/*
 * Which HTTP; and whether to wait for a connection that is coming up, to share it. Not before
 * one has come up: calls would wait for each other's failures.
 */
static void
set_version(CURL *easy, const struct origin *o)
{
	bool http2 = o->secure && !o->config->http1;

	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
	    (long)(http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, (long)(http2 && o->reached && !o->no_http2));
}

/* What is the same for every call. */
static void
set_options(struct slot *s)
{
	const struct origin *o = s->origin;
	const struct http_config *c = o->config;
	CURL *easy = s->easy;

	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_SHARE, o->shared);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* else giving up waits for the resolver */
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, o->secure ? "https" : "http");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, KEPT_S);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, c->user_agent);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, o->headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, s);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, s);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
	/* all that libcurl knows; what is packed unasked is unpacked too */
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, c->compressed ? "" : "identity");
	if (c->loopback)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	set_trust(easy, o);
}

static bool
is_trust_error(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
	       code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_PINNEDPUBKEYNOTMATCH ||
	       code == CURLE_SSL_INVALIDCERTSTATUS;
}

/* Past our ceiling, or past libcurl's: 7.88 says out of memory there. */
static bool
header_is_over(const struct slot *s, CURLcode code)
{
	return s->header_bytes > HEADER_MAX_BYTES || (int)code == CURLE_100_TOO_LARGE ||
	       (code == CURLE_OUT_OF_MEMORY && s->call->reply->status);
}

/* By the server, as a stream that it does not take. */
static bool
was_refused(const struct slot *s)
{
	return s->resend_refused && s->new_connection;
}

/* What went out decides, not the code: 7 also comes from a resend that could not reconnect. */
static enum wire
wire_of(const struct slot *s, CURLcode code)
{
	if (s->call->reply->body.over || header_is_over(s, code))
		return WIRE_TOO_LARGE;
	if (code == CURLE_OK)
		return WIRE_ANSWERED;
	if (!s->call->reply->sent && is_trust_error(code))
		return WIRE_UNTRUSTED;
	if (!s->call->reply->sent && code == CURLE_SSL_CONNECT_ERROR)
		return WIRE_INSECURE;
	if (!s->call->reply->sent || was_refused(s))
		return WIRE_UNSENT;
	return WIRE_LOST;
}

/* Why there is no answer, in words. */
static const char *
detail_of(const struct slot *s, enum wire wire, CURLcode code)
{
	switch (wire) {
	case WIRE_ANSWERED: return NULL;
	case WIRE_CANCELLED: return "given up before the answer came";
	case WIRE_TIMEOUT: return "no answer in time";
	case WIRE_STALLED: return "the answer has begun and does not go on";
	case WIRE_TOO_LARGE:
		return s->call->reply->body.over ? "the answer is larger than its ceiling of 64 MiB"
						 : "the header of the answer is too large";
	case WIRE_UNSENT:
	case WIRE_INSECURE:
	case WIRE_UNTRUSTED:
	case WIRE_LOST: break;
	}
	if (was_refused(s))
		return "the server has refused the stream";
	if (s->resend_refused)
		return "connection lost before the answer, not sent again";
	return s->error[0] ? s->error : curl_easy_strerror(code);
}

/* By its first answer: is a connection there for one call at a time? */
static void
learn_version(struct slot *s)
{
	long version = CURL_HTTP_VERSION_NONE;

	if (s->origin->answered || !s->call->reply->status)
		return;
	curl_easy_getinfo(s->easy, CURLINFO_HTTP_VERSION, &version);
	s->origin->answered = true;
	s->origin->no_http2 = version != CURL_HTTP_VERSION_2_0;
}

struct slot *
slot_new(struct origin *origin, struct call_timeouts *timeouts)
{
	struct slot *s = mem_zero(1, sizeof *s);

	s->origin = origin;
	s->timeouts = timeouts;
	s->easy = curl_easy_init();
	if (!s->easy)
		mem_exhausted();
	return s;
}

void
slot_free(struct slot *s)
{
	curl_easy_cleanup(s->easy);
	free(s);
}

void
slot_begin(struct slot *s, struct call *call, const char *url)
{
	const struct buf *body = &call->request->body;
	bool fresh = call->lost && s->origin->no_http2; /* those that are kept may be dying too */

	reply_reset(call->reply);
	call->handle = s;
	s->call = call;
	s->header_bytes = 0;
	s->resend_refused = false;
	s->error[0] = '\0';
	if (!s->clean)
		set_options(s);
	set_version(s->easy, s->origin);
	curl_easy_setopt(s->easy, CURLOPT_FRESH_CONNECT, (long)fresh);
	curl_easy_setopt(s->easy, CURLOPT_URL, url);
	curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, body->data);
	curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	timeout_start(&s->attempt, &s->timeouts->attempts, s);
}

static struct call *
let_go(struct slot *s, enum wire wire, CURLcode code)
{
	struct call *call = s->call;
	const char *detail = detail_of(s, wire, code);

	call->reply->wire = wire;
	call->lost = wire == WIRE_LOST;
	call->reply->total_us = clock_us() - s->attempt.since_us;
	if (detail)
		buf_str(&call->reply->detail, detail);
	/* a server may well repeat what it was sent */
	secret_redact(s->origin->config->secret, &call->reply->body);
	secret_redact(s->origin->config->secret, &call->reply->detail);
	timeout_stop(&s->attempt);
	timeout_stop(&s->answer);
	s->call = NULL;
	return call;
}

static void
read_head(struct slot *s)
{
	long status = 0;

	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	s->call->reply->status = (int)status;
	if (status >= 400)
		s->call->reply->retry_after_ms = header_retry_after_ms(s->easy);
	learn_version(s);
}

struct call *
slot_end(struct slot *s, CURLcode code)
{
	read_head(s);
	s->clean = code == CURLE_OK; /* 7.88.1 carries its count of silent retries over */
	return let_go(s, wire_of(s, code), code);
}

struct call *
slot_give_up(struct slot *s, enum wire wire)
{
	read_head(s);
	s->clean = false;
	if (wire == WIRE_TIMEOUT && !s->call->reply->sent)
		return let_go(s, WIRE_UNSENT, CURLE_OPERATION_TIMEDOUT);
	return let_go(s, wire, CURLE_OK);
}
