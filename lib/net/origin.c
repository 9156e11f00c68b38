// SPDX-License-Identifier: MIT
/* All of it is settled once, before the first call. */
#include "net/origin.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"

/* Debian's hashed folder of certificates, read by need; the bundle costs 26 ms each time. */
#define CA_DIRECTORY "/etc/ssl/certs"

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* Has the folder files under the names that OpenSSL looks for, such as 5ed36f99.0? */
static bool
is_hashed(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = strspn(entry->d_name, "0123456789abcdef") == 8 &&
			strcmp(entry->d_name + 8, ".0") == 0;
	closedir(dir);
	return found;
}

/* Never bundle and directory both, as libcurl's defaults are: 28 times dearer. */
static void
find_certificates(struct origin *o)
{
	if (!o->secure)
		return;
	o->bundle = o->config->ca_file;
	if (!o->bundle)
		o->bundle = variable("CURL_CA_BUNDLE");
	if (!o->bundle)
		o->bundle = variable("SSL_CERT_FILE");
	if (o->bundle)
		return;
	o->directory = variable("SSL_CERT_DIR");
	if (!o->directory && is_hashed(CA_DIRECTORY))
		o->directory = CA_DIRECTORY;
}

static void
add_header(struct origin *o, const char *line)
{
	struct curl_slist *list = curl_slist_append(o->headers, line);

	if (!list)
		mem_exhausted();
	o->headers = list;
}

static bool
is_header(const char *line, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(line, name, n) == 0 && line[n] == ':';
}

static bool
is_given(const struct http_config *c, const char *name)
{
	for (size_t i = 0; i < c->header_count; i++) {
		if (is_header(c->headers[i], name))
			return true;
	}
	return false;
}

bool
http_has_key(const struct http_config *c)
{
	return c->secret->key || is_given(c, c->key_header) || is_given(c, "Authorization");
}

/* One of ours, unless the user has given one of that name. */
static void
add_own_header(struct origin *o, const char *name, const char *value)
{
	struct buf line = {0};

	if (is_given(o->config, name))
		return;
	buf_printf(&line, "%s: %s", name, value);
	add_header(o, line.data);
	explicit_bzero(line.data, line.len);
	buf_free(&line);
}

static void
build_headers(struct origin *o)
{
	const struct http_config *c = o->config;
	struct buf seconds = {0};

	buf_printf(&seconds, "%" PRId64, (c->timeout_ms + 999) / 1000);
	add_own_header(o, "Content-Type", "application/json");
	if (c->timeout_ms)
		add_own_header(o, "X-Server-Timeout", seconds.data);
	if (c->secret->key && (c->own_key || !is_given(c, "Authorization")))
		add_own_header(o, c->key_header, c->secret->key);
	add_header(o, "Expect:"); /* else libcurl waits a second before bodies of over 1 MB */
	for (size_t i = 0; i < c->header_count; i++)
		add_header(o, c->headers[i]);
	buf_free(&seconds);
}

static void *
allocate(size_t n)
{
	return mem_resize(NULL, n, 1);
}

static void *
resize(void *old, size_t n)
{
	return mem_resize(old, n, 1);
}

/*
 * With base/mem's allocator, which ends the program when there is no memory: libcurl takes that for
 * the server's fault in some places, and for an option that is not set in others.
 */
static bool
start_libcurl(void)
{
	return !curl_global_init_mem(CURL_GLOBAL_DEFAULT, allocate, free, resize, strdup, mem_zero);
}

int
origin_init(struct origin *o, const struct http_config *config, const char **reason)
{
	*reason = "libcurl does not start";
	o->config = config;
	o->secure = strncasecmp(config->base_url, "https:", 6) == 0;
	if (!start_libcurl() || !(o->shared = curl_share_init()))
		return -1;
	curl_share_setopt(o->shared, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	curl_share_setopt(o->shared, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	build_headers(o);
	find_certificates(o);
	if (!o->bundle || access(o->bundle, R_OK) == 0)
		return 0;
	*reason = "the file of certificates (--cacert, CURL_CA_BUNDLE or SSL_CERT_FILE) cannot be "
		  "read";
	return -1;
}

void
origin_free(struct origin *o)
{
	for (struct curl_slist *l = o->headers; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(o->headers);
	curl_share_cleanup(o->shared);
	curl_global_cleanup();
}
