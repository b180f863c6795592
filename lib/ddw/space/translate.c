/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Translate virtual addresses to bus addresses, and list what is mapped. */

#include <errno.h>

#include "ddw_lookup.h"
#include "ddw_map.h"
#include "space/space.h"

void
ddw_lookup_init(struct ddw_lookup *lookup, struct ddw_space *space)
{
	*lookup = (struct ddw_lookup){
		.space = space,
		.generation = &space->ledger.generation,
	};
}

/* The extent that maps an address in every group; NULL when there is none. */
static const struct extent *
find_mapped(struct ddw_space *space, uint64_t vaddr)
{
	const struct extent *e = ddw_ledger_extent_at(&space->ledger, vaddr);

	return e != NULL && e->vaddr <= vaddr && !e->quarantined ? e : NULL;
}

int
ddw_lookup_search(struct ddw_lookup *lookup, uint64_t vaddr, uint64_t *iova)
{
	struct ddw_space *space = lookup->space;
	const struct extent *e;
	int ret = -ENOENT;

	(void)pthread_mutex_lock(&space->lock);
	e = find_mapped(space, vaddr);
	if (e != NULL) {
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

int
ddw_space_lookup(struct ddw_space *space, uint64_t vaddr, uint64_t *iova)
{
	const struct extent *e;
	int ret = -ENOENT;

	(void)pthread_mutex_lock(&space->lock);
	e = find_mapped(space, vaddr);
	if (e != NULL) {
		*iova = e->iova + (vaddr - e->vaddr);
		ret = 0;
	}
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

/* Bytes of an extent from vaddr on, and of those that carry on where it ends, up to max. */
static uint64_t
mapped_run_length(struct extent *e, uint64_t vaddr, uint64_t max, uint64_t usable)
{
	uint64_t len = e->len - (vaddr - e->vaddr), iova = e->iova + e->len;

	while (len < max && (e = ddw_ledger_extent_next(e)) != NULL) {
		if (e->vaddr != vaddr + len || e->iova != iova || (usable & ~e->groups) != 0)
			break;
		len += e->len;
		iova += e->len;
	}
	return len;
}

int
ddw_space_lookup_run(struct ddw_space *space, uint64_t vaddr, uint64_t max, uint64_t *iova,
		     uint64_t *len)
{
	uint64_t usable;
	struct extent *e;
	int ret = -ENOENT;

	(void)pthread_mutex_lock(&space->lock);
	usable = ddw_space_usable(space);
	e = ddw_ledger_extent_at(&space->ledger, vaddr);
	if (e == NULL) {
		*len = UINT64_MAX - vaddr;
	} else if (e->vaddr > vaddr) {
		*len = e->vaddr - vaddr;
	} else if ((usable & ~e->groups) != 0) {
		*len = e->len - (vaddr - e->vaddr); /* quarantined */
	} else {
		*iova = e->iova + (vaddr - e->vaddr);
		*len = mapped_run_length(e, vaddr, max, usable);
		ret = 0;
	}
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

unsigned int
ddw_space_maps(struct ddw_space *space, uint64_t from, struct ddw_extent *extents, unsigned int max)
{
	struct extent *e;
	unsigned int n = 0;

	(void)pthread_mutex_lock(&space->lock);
	for (e = ddw_ledger_extent_at(&space->ledger, from); e != NULL && n < max;
	     e = ddw_ledger_extent_next(e))
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
