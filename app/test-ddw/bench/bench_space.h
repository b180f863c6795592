/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_SPACE_H
#define BENCH_SPACE_H

/* Open and close windows for measurements. */

#include "bench/bench.h"

struct bench_space;
struct bench_wish {
	enum ddw_mode mode;
	uint64_t page;	 /* IOMMU page; 0 in the default window */
	uint64_t window; /* bytes; 0 in the default window */
	uint64_t memory; /* to be registered, bytes */
};
/* Choose the groups. Returns false, and notes the reason, when the current part has none. */
bool bench_groups_get(struct bench *b);
/*
 * Return the IOMMU page sizes with which CREATE is sure to succeed; bit n means 2^n bytes. A
 * failed CREATE disables the dynamic windows of the slot until the next reboot.
 */
uint64_t bench_pages(const struct bench *b, uint64_t hugepage);
/* Open windows in all groups. Returns NULL after a failure, which is noted. */
struct bench_space *bench_space_open(struct bench *b, const struct bench_wish *wish);
struct ddw_space *bench_space_get(struct bench_space *s);
/*
 * Return the microseconds per group spent in CREATE and in REMOVE. Negative after a failure,
 * which is noted.
 */
double bench_space_create_us(struct bench_space *s);
double bench_space_remove_us(struct bench *b, struct bench_space *s);
void bench_space_close(struct bench *b, struct bench_space *s);

#endif /* BENCH_SPACE_H */
