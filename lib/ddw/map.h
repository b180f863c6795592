/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MAP_H
#define MAP_H

/* Mappings in single groups. Private to libddw; the caller holds the lock of the space. */

#include "space.h"

/* The range that a bus address is in; MAIN when it is in none. */
enum ddw_range_id space_range_of(const struct ddw_space *space, uint64_t iova);

/* Fill an error: there is no window, or no group is left that has one. */
int space_fail_no_window(struct ddw_error *err);

/* MAP one run in one group, in chunks. "done" tells how far it came. */
int map_group(struct ddw_space *space, unsigned int i, uint64_t vaddr, uint64_t iova, uint64_t len,
	      uint64_t *done);

/* UNMAP one run in one group. */
int unmap_group(struct ddw_space *space, unsigned int i, uint64_t iova, uint64_t len);

#endif /* MAP_H */
