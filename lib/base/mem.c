// SPDX-License-Identifier: MIT
/* The allocator with its one way out. */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void
mem_exhausted(void)
{
	static const char line[] = "gem: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);

	(void)ignored;
	_exit(2);
}

void *
mem_zero(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		mem_exhausted();
	return p;
}

void *
mem_resize(void *old, size_t count, size_t size)
{
	void *p;

	if (size && count > SIZE_MAX / size)
		mem_exhausted();
	count *= size;
	p = realloc(old, count ? count : 1);
	if (!p)
		mem_exhausted();
	return p;
}

char *
mem_dup(const char *bytes, size_t n)
{
	char *copy = mem_resize(NULL, n + 1, 1);

	if (n)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	return copy;
}

/* Libraries find this one before the C library's: libjq 1.6 takes what it gets as a string. */
char *
strdup(const char *text)
{
	return mem_dup(text, strlen(text));
}
