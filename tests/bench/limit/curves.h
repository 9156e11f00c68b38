// SPDX-License-Identifier: MIT
/*
 * The synthetic curves of PyPI adaptive-concurrency's own benchmark, with its
 * law beside ours: latency = curve(in flight) x log-normal noise, one second
 * alone, at most 16 in flight.
 */
#ifndef BENCH_CURVES_H
#define BENCH_CURVES_H

#include <stdint.h>

void print_curves(unsigned seeds, uint64_t seed);

#endif
