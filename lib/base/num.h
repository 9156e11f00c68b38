// SPDX-License-Identifier: MIT
/*
 * Numbers as people type them: counts, durations, sizes, rates.
 *
 * Each but the first takes the whole text or refuses it: 0 and *out, or -1. No locale is
 * consulted, so the decimal point is a point everywhere.
 * May call: nothing of ours.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/* The decimal that the n bytes begin with (3, 0.5, .5), and its length; 0: they begin with none. */
size_t num_prefix(const char *text, size_t n, double *out);

int num_count(const char *text, int64_t *out);                /* 0, 17: decimal digits only */
int num_range(const char *text, int64_t *low, int64_t *high); /* 4-64, or 8 for 8-8 */
int num_real(const char *text, double *out);                  /* 3, 0.5, .5, finite, not negative */
int num_duration_ms(const char *text, int64_t *out);          /* 500ms 30s 5m 2h 1d; bare: s */
int num_size(const char *text, size_t *out);                  /* 17 64K 10M 1G: powers of 1024 */
int num_rate(const char *text, double *per_second); /* 60/m 5/s 1000/h 10000/d; bare: /s */

#endif
