// SPDX-License-Identifier: MIT
/*
 * Preloaded: lets the OOM_AT-th allocation fail, counted from main, and only that one. What ld.so
 * and the constructors of libraries allocate before is not ours to survive. With OOM_COUNT the
 * number of all allocations is left in the file of that name.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* glibc's own, under the names that need no dlsym (which allocates) */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *old, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static unsigned long calls, fatal;
static bool counting;
static int (*real_main)(int, char **, char **);

static bool
fails(void)
{
	if (!counting || ++calls != fatal)
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t count, size_t n)
{
	return fails() ? NULL : __libc_calloc(count, n);
}

void *
realloc(void *old, size_t n)
{
	return fails() ? NULL : __libc_realloc(old, n);
}

void *
aligned_alloc(size_t alignment, size_t n)
{
	return fails() ? NULL : __libc_memalign(alignment, n);
}

int
posix_memalign(void **out, size_t alignment, size_t n)
{
	void *p = fails() ? NULL : __libc_memalign(alignment, n);

	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}

__attribute__((destructor)) static void
tell(void)
{
	const char *name = getenv("OOM_COUNT");
	FILE *out = (counting = false, name ? fopen(name, "w") : NULL);

	if (out)
		fprintf(out, "%lu\n", calls);
	if (out)
		fclose(out);
}

static int
counted_main(int argc, char **argv, char **environment)
{
	const char *at = getenv("OOM_AT");

	fatal = at ? strtoul(at, NULL, 10) : 0;
	counting = true;
	return real_main(argc, argv, environment);
}

/* What glibc 2.34 and later call before main. */
typedef int start(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
    void (*)(void), void *);

int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv,
    void (*init)(void), void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

int
__libc_start_main(int (*program)(int, char **, char **), int argc, char **argv, void (*init)(void),
    void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	start *next;

	*(void **)&next = dlsym(RTLD_NEXT, "__libc_start_main");
	real_main = program;
	return next(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
