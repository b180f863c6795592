/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

/* Allocate hugepages for this process. */

#include "bench/bench.h"

/* Return access to the running machine. */
const struct bench_host *bench_linux(void);
/* Allocate the memory once. Returns false, and notes the reason, when there is none. */
bool bench_memory_get(struct bench *b);
void bench_memory_put(struct bench *b);

/* Count the bytes in hugepages, and their largest size: firmware has bus addresses for them. */
uint64_t bench_memory_exists(const struct bench *b, uint64_t *largest);

#endif /* BENCH_MEMORY_H */
