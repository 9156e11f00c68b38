// SPDX-License-Identifier: MIT
/*
 * libcurl's allocations end the program when there is no memory, as all others do: it takes some
 * for the server's fault (a header without end), and an option that is not set for one that is.
 * May call: base/mem.
 */
#ifndef NET_MEMORY_H
#define NET_MEMORY_H

int memory_init(void); /* starts libcurl: 0, or its code */

#endif
