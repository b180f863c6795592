/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CHECKS_H
#define CHECKS_H

/*
 * Check the memory and the bus addresses that a caller names. Private to libddw;
 * the caller holds the lock of the space.
 */

#include "space/space.h"

/* The range that a bus address is in; MAIN when it is in none. */
enum ddw_range_id ddw_range_of(const struct ddw_space *space, uint64_t iova);

/* Page of the range that has the smallest ones, bytes. */
uint64_t ddw_smallest_page(const struct ddw_space *space);

/* Fill an error: there is no window, or no group is left that has one. */
int ddw_fail_no_window(struct ddw_error *err);

/* Is it memory made of pages, which does not wrap, and is there a window at all? 0 or -errno. */
int ddw_check_memory(const struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t page,
		     struct ddw_error *err);

/* Fill an error: some of the memory is registered already. */
int ddw_fail_overlap(uint64_t vaddr, uint64_t len, struct ddw_error *err);

#endif /* CHECKS_H */
