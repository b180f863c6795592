/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MAP_H
#define MAP_H

/* Write the TCEs of one group. Private to libddw; the caller holds the lock of the space. */

#include "space/space.h"

/* MAP one run in one group, in chunks. "done" tells how far it came. */
int ddw_tce_map(struct ddw_space *space, unsigned int i, uint64_t vaddr, uint64_t iova,
		uint64_t len, uint64_t *done);

#endif /* MAP_H */
