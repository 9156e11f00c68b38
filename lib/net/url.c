// SPDX-License-Identifier: MIT
/* libcurl takes it apart: what it reads there is what it would call. */
#include "net/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

static bool
is_loopback(const char *host)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

static bool
has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool present = curl_url_get(url, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return present;
}

static int
check_parts(CURLU *url, bool allow_http, bool *loopback, const char **reason)
{
	char *scheme = NULL, *host = NULL;
	bool http, https;

	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0)) {
		curl_free(scheme);
		*reason = "not a URL";
		return -1;
	}
	http = strcmp(scheme, "http") == 0;
	https = strcmp(scheme, "https") == 0;
	*loopback = is_loopback(host);
	curl_free(scheme);
	curl_free(host);
	if (!http && !https)
		*reason = "only https and http are spoken";
	else if (http && !*loopback && !allow_http)
		*reason = "plain http would show the key to everybody on the way: use https, or "
			  "--allow-http where the way is yours";
	else if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_QUERY) ||
		 has_part(url, CURLUPART_FRAGMENT))
		*reason = "a base URL has no user, query or fragment";
	else
		return 0;
	return -1;
}

int
url_check(const char *text, bool allow_http, struct buf *clean, bool *loopback, const char **reason)
{
	CURLU *url = curl_url();
	int status = -1;

	*reason = "not a URL such as https://generativelanguage.googleapis.com";
	*loopback = false;
	if (url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK)
		status = check_parts(url, allow_http, loopback, reason);
	curl_url_cleanup(url);
	buf_str(clean, text);
	while (clean->len && clean->data[clean->len - 1] == '/')
		clean->data[--clean->len] = '\0';
	return status;
}
