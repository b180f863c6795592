/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_H
#define BENCH_H

#include "ddw.h"

/* The memory that is mapped: 2M pages from here on. */
#define BENCH_VADDR	 UINT64_C(0x100000000000)
#define BENCH_PAGE_SHIFT 21
#define BENCH_PAGE	 (UINT64_C(1) << BENCH_PAGE_SHIFT)

/* How many of them for bench_lookup(): 1 TiB. */
#define BENCH_PAGES UINT64_C(524288)

/* Print what a lookup costs. All of the memory is mapped, each page an extent. */
void bench_lookup(struct ddw_space *space);

#endif /* BENCH_H */
