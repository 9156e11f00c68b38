// SPDX-License-Identifier: MIT
/* Each call in flight may take a connection, and each connection a descriptor. */
#include <sys/resource.h>

#include "net/http.h"

/* Descriptors that are no connection: streams, files, the resolver, libcurl's own. */
#define OTHER_DESCRIPTORS 64

size_t
http_descriptors(size_t calls)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return calls;
	if (limit.rlim_cur < calls + OTHER_DESCRIPTORS) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= calls + OTHER_DESCRIPTORS)
		return calls;
	return limit.rlim_cur > OTHER_DESCRIPTORS ? limit.rlim_cur - OTHER_DESCRIPTORS : 1;
}
