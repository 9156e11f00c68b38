// SPDX-License-Identifier: MIT
/*
 * The options of an easy handle, the callbacks that fill the reply, and what
 * became of the request by libcurl's result and by what went out.
 */
#include "net/slot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"

/* Debian's hashed directory of certificates: read by need, where the bundle costs 26 ms each time. */
#define CA_DIRECTORY "/etc/ssl/certs"

/* CURLE_TOO_LARGE, which the headers of 7.88 do not have yet. */
#define CURLE_100_TOO_LARGE 100

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
	if (end != value && !*end && number >= 0)
		return (int64_t)(in_ms ? fmin(number, 1e12) : fmin(number, 1e9) * 1000);
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
set_options(struct slot *s, const struct http_config *c, bool loopback)
{
	CURL *easy = s->easy;

	curl_easy_reset(easy); /* 7.88.1 carries its count of silent retries over otherwise */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, loopback ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 30L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, c->user_agent);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, s);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, s);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
	if (loopback)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	set_trust(easy, c->ca_file);
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

struct slot *
slot_new(void)
{
	struct slot *s = mem_zero(1, sizeof *s);

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
slot_begin(struct slot *s, struct call *call, const struct http_config *config,
    struct curl_slist *headers, const char *url, bool loopback)
{
	const struct buf *body = &call->request->body;

	reply_reset(call->reply);
	call->handle = s;
	s->call = call;
	s->resend_refused = false;
	s->error[0] = '\0';
	set_options(s, config, loopback);
	curl_easy_setopt(s->easy, CURLOPT_URL, url);
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, body->data);
	curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	s->started_us = clock_us();
}

static struct call *
let_go(struct slot *s, enum wire wire, const char *detail)
{
	struct call *call = s->call;

	call->reply->wire = wire;
	call->reply->total_ms = (clock_us() - s->started_us) / 1000;
	if (detail)
		buf_str(&call->reply->detail, detail);
	s->call = NULL;
	return call;
}

struct call *
slot_end(struct slot *s, CURLcode code)
{
	const char *detail = NULL;
	enum wire wire;
	long status = 0;

	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	s->call->reply->status = (int)status;
	wire = wire_of(s, code);
	if (wire == WIRE_TOO_LARGE)
		detail = s->call->reply->body.over
			     ? "the answer is larger than its ceiling of 64 MiB"
			     : "the header of the answer is too large";
	else if (s->resend_refused)
		detail = "connection lost before the answer, not sent again";
	else if (code != CURLE_OK)
		detail = s->error[0] ? s->error : curl_easy_strerror(code);
	return let_go(s, wire, detail);
}

struct call *
slot_cancel(struct slot *s)
{
	return let_go(s, WIRE_CANCELLED, "given up before the answer came");
}
