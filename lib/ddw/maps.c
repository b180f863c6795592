/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "ddw_map.h"
#include "space.h"

unsigned int
ddw_space_maps(struct ddw_space *space, uint64_t from, struct ddw_extent *extents, unsigned int max)
{
	struct extent *e;
	unsigned int n = 0;

	(void)pthread_mutex_lock(&space->lock);
	for (e = ledger_extent_at(&space->ledger, from); e != NULL && n < max;
	     e = ledger_extent_next(e))
		extents[n++] = (struct ddw_extent){
			.vaddr = e->vaddr,
			.len = e->len,
			.iova = e->iova,
			.groups = e->groups,
			.page_shift = e->page_shift,
		};
	(void)pthread_mutex_unlock(&space->lock);
	return n;
}
