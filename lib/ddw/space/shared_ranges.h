/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SHARED_RANGES_H
#define SHARED_RANGES_H

/* Set up the ranges of a space. Private to libddw; the caller holds the lock of the space. */

#include "space/space.h"

/* log2 of the largest page of the usable groups. */
unsigned int ddw_ranges_largest_page(const struct ddw_space *space);

/* The largest window of the usable groups: what a group that comes later asks for. */
uint64_t ddw_ranges_largest_window(const struct ddw_space *space);

/*
 * Set up the allocators and the ledger for what the usable groups have in common,
 * with pages of 1 << shift bytes. The plan of the space is set. 0 or -errno.
 */
int ddw_ranges_start(struct ddw_space *space, struct iova_span *common, unsigned int shift);

/* Give up the range of small pages, in which nothing is mapped. */
void ddw_ranges_close_small(struct ddw_space *space);

/* Give up all ranges, but not the windows themselves. */
void ddw_ranges_close(struct ddw_space *space);

#endif /* SHARED_RANGES_H */
