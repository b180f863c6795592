/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_LOOKUP_H
#define BENCH_LOOKUP_H

/* Measure lookups of bus addresses. */

#include "bench/bench.h"

void bench_lookup(struct bench *b);

#endif /* BENCH_LOOKUP_H */
