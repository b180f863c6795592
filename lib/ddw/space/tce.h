/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TCE_H
#define TCE_H

/*
 * Write the TCEs of one group. Private to libddw; the caller holds the lock of
 * the space.
 */

#include "space/space.h"

/* The kernel maps without a pause: more pages at once could stall a CPU. */
#define MAP_PAGES_MAX (UINT64_C(1) << 16)

/* MAP one run in one group, in chunks. "done" tells how far it came. */
int ddw_tce_map(struct ddw_space *space, unsigned int i, uint64_t vaddr, uint64_t iova,
		uint64_t len, uint64_t *done);

/* UNMAP one run in one group. */
int ddw_tce_unmap(struct ddw_space *space, unsigned int i, uint64_t iova, uint64_t len);

#endif /* TCE_H */
