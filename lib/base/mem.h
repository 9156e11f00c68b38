// SPDX-License-Identifier: MIT
/*
 * Memory that is there or ends the program.
 *
 * A filter that runs out of memory can do nothing useful with the news, so
 * each function returns usable memory, or prints one line and exits 2. What
 * is returned belongs to the caller, who gives it to free().
 * May call: nothing of ours.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_zero(size_t count, size_t size);              /* zeroed; count * size checked */
void *mem_resize(void *old, size_t count, size_t size); /* old is given up */
char *mem_dup(const char *bytes, size_t n); /* a copy of n bytes, with a NUL after them */
_Noreturn void mem_exhausted(void);         /* the one line, and exit 2 */

#endif
