/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_POOLS_H
#define BENCH_POOLS_H

/* Measure mempools of the handler ddw against those of DPDK. */

#include "bench/bench.h"

void bench_pools(struct bench *b);
/* Stop EAL, if bench_pools() has started it. Call once, at the end of the program. */
void bench_pools_end(void);

#endif /* BENCH_POOLS_H */
