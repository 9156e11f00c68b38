// SPDX-License-Identifier: MIT
/* base/mem in the shape of libcurl's callbacks. */
#include "net/memory.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

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

static char *
duplicate(const char *text)
{
	return mem_dup(text, strlen(text));
}

int
memory_init(void)
{
	return (int)curl_global_init_mem(
	    CURL_GLOBAL_DEFAULT, allocate, free, resize, duplicate, mem_zero);
}
