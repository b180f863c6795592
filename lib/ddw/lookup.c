/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "ddw_lookup.h"
#include "space.h"

void
ddw_lookup_init(struct ddw_lookup *lookup, struct ddw_space *space)
{
	*lookup = (struct ddw_lookup){
		.space = space,
		.generation = &space->ledger.generation,
	};
}

int
ddw_lookup_search(struct ddw_lookup *lookup, uint64_t vaddr, uint64_t *iova)
{
	struct ddw_space *space = lookup->space;
	const struct extent *e;
	int ret = -ENOENT;

	(void)pthread_mutex_lock(&space->lock);
	e = ledger_extent_at(&space->ledger, vaddr);
	if (e != NULL && e->vaddr <= vaddr) {
		/* The counter changes under the lock only: it belongs to this extent. */
		lookup->seen = space->ledger.generation;
		lookup->vaddr = e->vaddr;
		lookup->len = e->len;
		lookup->offset = e->iova - e->vaddr;
		*iova = vaddr + lookup->offset;
		ret = 0;
	}
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}
