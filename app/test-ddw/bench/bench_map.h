/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_MAP_H
#define BENCH_MAP_H

/* Measure registering and mapping memory. */

#include "bench/bench.h"

void bench_register(struct bench *b);
void bench_map(struct bench *b);

#endif /* BENCH_MAP_H */
