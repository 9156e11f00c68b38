// SPDX-License-Identifier: MIT
/* The key is copied once; whatever held it before is overwritten. */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Longer than any key seen (Google's are 39 to 60 bytes, bearer tokens 1-2 KB). */
#define KEY_MAX_BYTES 8192

/* A shorter key is a dummy for a simulator: it may well be part of a word. */
#define REDACT_MIN_BYTES 8

static void
scrub(char *text)
{
	explicit_bzero(text, strlen(text));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A copy without the blanks around it, or NULL when a byte cannot stand in a header. */
static char *
clean(const char *text)
{
	size_t n;

	while (is_blank(*text))
		text++;
	for (n = strlen(text); n && is_blank(text[n - 1]);)
		n--;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < 0x21 || text[i] > 0x7e)
			return NULL;
	}
	return mem_dup(text, n);
}

/* To the end, or `max` bytes: a pipe gives what is in it in pieces. */
static ssize_t
read_all(int fd, char *out, size_t max)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, out + len, max - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : (ssize_t)len;
}

/* How many bytes there are, of KEY_MAX_BYTES and one; -1 with what is wrong. */
static ssize_t
read_private(const char *file, char *out, struct buf *error)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st)) {
		buf_printf(error, "key file '%s': %s", file, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & 077)) {
		buf_printf(error, "key file '%s' is open to others: chmod 600 it", file);
		close(fd);
		return -1;
	}
	n = read_all(fd, out, KEY_MAX_BYTES + 1);
	if (n < 0)
		buf_printf(error, "key file '%s': %s", file, strerror(errno));
	close(fd);
	return n;
}

static int
from_file(struct secret *s, const char *file, struct buf *error)
{
	char text[KEY_MAX_BYTES + 2];
	ssize_t n = read_private(file, text, error);

	if (n < 0)
		return -1;
	text[n] = '\0';
	if (n <= KEY_MAX_BYTES && strlen(text) == (size_t)n)
		s->key = clean(text);
	explicit_bzero(text, sizeof text);
	if (s->key && *s->key)
		return 0;
	buf_printf(error, "key file '%s' holds no key: one line of printable characters", file);
	secret_free(s);
	return -1;
}

static int
from_environment(struct secret *s, const char *const *variables, struct buf *error)
{
	for (; *variables; variables++) {
		char *value = getenv(*variables);

		if (!value || !*value)
			continue;
		if (!s->key && !error->len) {
			s->key = clean(value);
			if (!s->key)
				buf_printf(error, "%s holds a byte that no key has", *variables);
			else if (!*s->key)
				secret_free(s);
		}
		scrub(value);
		unsetenv(*variables);
	}
	return error->len ? -1 : 0;
}

int
secret_load(struct secret *s, const char *file, const char *const *variables, struct buf *error)
{
	int status;

	*s = (struct secret){0};
	status = from_environment(s, variables, error);
	if (!file)
		return status;
	secret_free(s);
	buf_reset(error);
	return from_file(s, file, error);
}

void
secret_guard(void)
{
	static const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void
secret_forget(void)
{
	static const char *const variables[] = {
	    "GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY", NULL};
	struct buf ignored = {0};
	struct secret s;

	secret_load(&s, NULL, variables, &ignored);
	secret_free(&s);
	buf_free(&ignored);
}

void
secret_free(struct secret *s)
{
	if (s->key)
		scrub(s->key);
	free(s->key);
	s->key = NULL;
}

/*
 * The character at `p` of a text that may be JSON, *n bytes long: itself, or what \", \\, \/ and
 * \uXXXX stand for. Of another escape it is the backslash alone.
 */
static int
character(const char *p, const char *end, size_t *n)
{
	char digits[5] = "";

	*n = 1;
	if (*p != '\\' || end - p < 2)
		return (unsigned char)*p;
	if (memchr("\"\\/", p[1], 3)) {
		*n = 2;
		return p[1];
	}
	if (p[1] == 'u' && end - p >= 6)
		memcpy(digits, p + 2, 4);
	if (strspn(digits, "0123456789abcdefABCDEF") != 4)
		return '\\';
	*n = 6;
	return (int)strtoul(digits, NULL, 16);
}

/* How many bytes at `p` are the key, plain or as JSON may have it; 0: it does not stand there. */
static size_t
key_at(const char *p, const char *end, const char *key)
{
	const char *from = p;
	size_t n = strlen(key);

	if ((size_t)(end - p) >= n && memcmp(p, key, n) == 0)
		return n;
	for (; *key; key++, p += n) {
		if (p == end || character(p, end, &n) != *key)
			return 0;
	}
	return (size_t)(p - from);
}

/* Is there an escape that stands for a character of the key? Most texts have none: this is fast. */
static bool
may_disguise(struct slice text, const char *key)
{
	const char *p = text.p, *end = text.p + text.n;
	size_t n;

	while (p < end && (p = memchr(p, '\\', (size_t)(end - p)))) {
		int c = character(p, end, &n);

		if (n > 1 && c && strchr(key, c))
			return true;
		p += n;
	}
	return false;
}

void
secret_redact(const struct secret *s, struct buf *text)
{
	struct buf clean_text = {.max = text->max};
	struct slice rest = buf_view(text);
	const char *end = rest.p + rest.n;
	size_t n;

	if (!s->key || strlen(s->key) < REDACT_MIN_BYTES || !rest.n ||
	    (!slice_find(rest, s->key) && !may_disguise(rest, s->key)))
		return;
	for (const char *p = rest.p; p < end; p += n) {
		n = key_at(p, end, s->key);
		if (n) {
			buf_add(&clean_text, rest.p, (size_t)(p - rest.p));
			buf_str(&clean_text, "[key]");
			rest = (struct slice){p + n, (size_t)(end - p) - n};
		} else {
			character(p, end, &n);
		}
	}
	buf_slice(&clean_text, rest);
	buf_swap(text, &clean_text);
	buf_free(&clean_text);
}
