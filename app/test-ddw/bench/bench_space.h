/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_SPACE_H
#define BENCH_SPACE_H

/* Takes the groups of this machine for one measurement. */

#include "bench/bench.h"

struct bench_space;
struct bench_wish {
	enum ddw_wish_mode mode;
	uint64_t page;	 /* IOMMU page; 0 in the default window */
	uint64_t window; /* bytes; 0 in the default window */
	uint64_t memory; /* to be registered, bytes */
};
/* Find the groups. False: noted why there are none; the part that runs is left out. */
bool bench_groups_get(struct bench *b);
/*
 * IOMMU pages with which a dynamic window can be created for sure, bit n = 2^n bytes: a
 * CREATE that fails takes the windows of the slot away until the next reboot.
 */
uint64_t bench_pages(const struct bench *b, uint64_t hugepage);
/* NULL: noted as a failure. */
struct bench_space *bench_space_open(struct bench *b, const struct bench_wish *wish);
struct ddw_space *bench_space_get(struct bench_space *s);
/* Microseconds in CREATE and in REMOVE of the window, per group. Negative: a failure, noted. */
double bench_space_create_us(struct bench_space *s);
double bench_space_remove_us(struct bench *b, struct bench_space *s);
void bench_space_close(struct bench *b, struct bench_space *s);

#endif /* BENCH_SPACE_H */
