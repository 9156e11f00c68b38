// SPDX-License-Identifier: MIT
/*
 * The part of base/cli that prints. All that this suite prints as a message goes
 * through say(), a whole line at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cli.h"

/* A message waits so long for somebody to read the one before. */
#define PATIENCE_MS 1000

/* After a write that failed: was a non-blocking descriptor just full, and has room in time? */
static bool
has_room(int fd, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

	return errno == EAGAIN && poll(&poll_fd, 1, timeout_ms) != 0;
}

static int
write_all(int fd, struct slice s, int timeout_ms)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno != EINTR && !has_room(fd, timeout_ms))
			return -1;
		if (n > 0) {
			s.p += n;
			s.n -= (size_t)n;
		}
	}
	return 0;
}

/* For terminals: clears the line to its end, for cli_bar may have left more there. */
#define CLEAR_REST "\033[K"

/* The width of a terminal that does not tell its own. */
#define COLUMNS 80

/* Once a message is lost, the next ones do not wait for a reader, until one goes out. */
static void
write_message(struct slice line)
{
	static bool lost; /* a process has one standard error, and it outlives every struct */

	lost = write_all(STDERR_FILENO, line, lost ? 0 : PATIENCE_MS) != 0;
}

/* Network bytes and file names may hold terminal escapes: none of them reaches a terminal. */
static void
say(const char *name, const char *format, va_list args)
{
	struct buf raw = {0}, line = {0};

	if (name)
		buf_printf(&line, "%s: ", name);
	buf_vprintf(&raw, format, args);
	for (size_t i = 0; i < raw.len; i++) {
		unsigned char c = (unsigned char)raw.data[i];
		bool c1 = c == 0xc2 && i + 1 < raw.len && (unsigned char)raw.data[i + 1] < 0xa0;

		if (c == '\n' || c == '\t')
			buf_char(&line, ' '); /* a message is one line */
		else if (c1) /* both bytes: the second alone is a control in Latin-1 */
			buf_printf(&line, "\\xc2\\x%02x", (unsigned char)raw.data[++i]);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(&line, "\\x%02x", c);
		else
			buf_char(&line, raw.data[i]);
	}
	if (isatty(STDERR_FILENO))
		buf_str(&line, CLEAR_REST);
	buf_char(&line, '\n');
	write_message(buf_view(&line));
	buf_free(&raw);
	buf_free(&line);
}

void
cli_do_not_wait(void)
{
	struct stat st;
	int fd;

	if (fstat(STDERR_FILENO, &st) || (!S_ISFIFO(st.st_mode) && !isatty(STDERR_FILENO)))
		return;
	fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	dup2(fd, STDERR_FILENO);
	close(fd);
}

void
cli_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(program_invocation_short_name, format, args);
	va_end(args);
}

void
cli_warn_file(const char *name, const char *reason)
{
	cli_warn("%s: %s", name, reason);
}

void
cli_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(NULL, format, args);
	va_end(args);
}

void
cli_bar(const char *text)
{
	struct winsize size = {0};
	struct buf line = {0};
	int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? COLUMNS
									      : size.ws_col;

	buf_printf(&line, "%.*s" CLEAR_REST "\r", columns - 1, text);
	write_message(buf_view(&line));
	buf_free(&line);
}

_Noreturn void
cli_die(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(program_invocation_short_name, format, args);
	va_end(args);
	exit(status);
}

void
cli_check(int status, const struct buf *error)
{
	if (status)
		cli_die(STATUS_TROUBLE, "%s", error->data);
}

void *
cli_made(const char *option, void *made, const struct buf *reason)
{
	if (!made)
		cli_die(STATUS_TROUBLE, "option '--%s': %s", option, reason->data);
	return made;
}

int
cli_output_failed(int error)
{
	if (error == EPIPE)
		return STATUS_SIGNAL + SIGPIPE;
	cli_warn("output: %s", strerror(error));
	return STATUS_TROUBLE;
}

int
cli_print(struct slice text)
{
	return write_all(STDOUT_FILENO, text, -1) || close(STDOUT_FILENO) ? -1 : 0;
}
