/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Keep account of what is registered and mapped. */

#include <errno.h>

#include "ddw_units.h"
#include "ledger/ledger.h"

/* Readers come without the lock, so the store must be one. */
static void
next_generation(struct ledger *l)
{
	__atomic_store_n(&l->generation, l->generation + 1, __ATOMIC_RELEASE);
}

void
ddw_ledger_init(struct ledger *l)
{
	TAILQ_INIT(&l->regions);
	TAILQ_INIT(&l->extents);
	ddw_btree_init(&l->region_index);
	ddw_btree_init(&l->extent_index);
	l->n_regions = 0;
	l->n_extents = 0;
	l->bytes = 0;
	l->pages = 0;
	ddw_slab_init(&l->region_slab, sizeof(struct region));
	ddw_slab_init(&l->extent_slab, sizeof(struct extent));
}

void
ddw_ledger_fini(struct ledger *l)
{
	ddw_btree_fini(&l->region_index);
	ddw_btree_fini(&l->extent_index);
	ddw_slab_fini(&l->region_slab);
	ddw_slab_fini(&l->extent_slab);
	ddw_ledger_init(l);
	next_generation(l);
}

/* Room for so many elements in a slab and its index. */
static int
reserve_entries(struct slab *slab, struct btree *index, uint64_t have, uint64_t more)
{
	uint64_t need;
	int ret;

	if (!ddw_add(have, more, &need))
		return -ENOMEM;
	ret = ddw_slab_reserve(slab, need);
	return ret != 0 ? ret : ddw_btree_reserve(index, need);
}

int
ddw_ledger_reserve(struct ledger *l, uint64_t pages, uint64_t regions)
{
	/* Each page may become an extent of its own when memory goes away. */
	int ret = reserve_entries(&l->extent_slab, &l->extent_index, l->pages, pages);

	if (ret != 0)
		return ret;
	return reserve_entries(&l->region_slab, &l->region_index, l->n_regions, regions);
}

struct region *
ddw_ledger_region_at(const struct ledger *l, uint64_t vaddr)
{
	struct region *r = ddw_btree_floor(&l->region_index, vaddr);

	if (r == NULL)
		return TAILQ_FIRST(&l->regions);
	return r->vaddr + (r->size - 1) < vaddr ? TAILQ_NEXT(r, node) : r;
}

struct region *
ddw_ledger_region_next(struct region *r)
{
	return TAILQ_NEXT(r, node);
}

struct region *
ddw_ledger_region_prev(struct region *r)
{
	return TAILQ_PREV(r, region_list, node);
}

struct extent *
ddw_ledger_extent_at(const struct ledger *l, uint64_t vaddr)
{
	struct extent *e = ddw_btree_floor(&l->extent_index, vaddr);

	if (e == NULL)
		return TAILQ_FIRST(&l->extents);
	return e->vaddr + (e->len - 1) < vaddr ? TAILQ_NEXT(e, node) : e;
}

struct extent *
ddw_ledger_extent_next(struct extent *e)
{
	return TAILQ_NEXT(e, node);
}

struct extent *
ddw_ledger_extent_prev(struct extent *e)
{
	return TAILQ_PREV(e, extent_list, node);
}

bool
ddw_ledger_overlaps(const struct ledger *l, uint64_t vaddr, uint64_t len)
{
	const struct region *r = ddw_ledger_region_at(l, vaddr);

	return r != NULL && r->vaddr <= vaddr + (len - 1);
}

struct region *
ddw_ledger_add_region(struct ledger *l, uint64_t vaddr, uint64_t size)
{
	struct region *before = ddw_btree_floor(&l->region_index, vaddr);
	struct region *r = ddw_slab_get(&l->region_slab);

	*r = (struct region){ .vaddr = vaddr, .size = size };
	if (before != NULL)
		TAILQ_INSERT_AFTER(&l->regions, before, r, node);
	else
		TAILQ_INSERT_HEAD(&l->regions, r, node);
	ddw_btree_insert(&l->region_index, vaddr, r);
	l->n_regions++;
	return r;
}

void
ddw_ledger_drop_region(struct ledger *l, struct region *r)
{
	TAILQ_REMOVE(&l->regions, r, node);
	ddw_btree_remove(&l->region_index, r->vaddr);
	ddw_slab_put(&l->region_slab, r);
	l->n_regions--;
}

/* Change the account of every region in [vaddr, vaddr + len). */
static void
account_extent(struct ledger *l, uint64_t vaddr, uint64_t len, unsigned int page_shift, bool mapped)
{
	uint64_t last = vaddr + (len - 1);
	struct region *r;

	for (r = ddw_ledger_region_at(l, vaddr); r != NULL && r->vaddr <= last;
	     r = ddw_ledger_region_next(r)) {
		uint64_t from = r->vaddr > vaddr ? r->vaddr : vaddr;
		uint64_t r_last = r->vaddr + (r->size - 1);
		uint64_t bytes = (r_last < last ? r_last : last) - from + 1;

		if (mapped)
			r->mapped += bytes;
		else
			r->mapped -= bytes;
	}
	if (mapped) {
		l->bytes += len;
		l->pages += len >> page_shift;
	} else {
		l->bytes -= len;
		l->pages -= len >> page_shift;
	}
}

static struct extent *
insert_extent(struct ledger *l, const struct extent *data)
{
	struct extent *before = ddw_btree_floor(&l->extent_index, data->vaddr);
	struct extent *e = ddw_slab_get(&l->extent_slab);

	*e = *data;
	if (before != NULL)
		TAILQ_INSERT_AFTER(&l->extents, before, e, node);
	else
		TAILQ_INSERT_HEAD(&l->extents, e, node);
	ddw_btree_insert(&l->extent_index, e->vaddr, e);
	l->n_extents++;
	return e;
}

struct extent *
ddw_ledger_add_extent(struct ledger *l, const struct extent *e)
{
	account_extent(l, e->vaddr, e->len, e->page_shift, true);
	return insert_extent(l, e);
}

void
ddw_ledger_cut_extent(struct ledger *l, struct extent *e, uint64_t vaddr, uint64_t len)
{
	uint64_t head = vaddr - e->vaddr;
	uint64_t tail = e->len - head - len;
	struct extent rest = *e;

	next_generation(l);
	account_extent(l, vaddr, len, e->page_shift, false);
	rest.vaddr += head + len;
	rest.iova += head + len;
	rest.len = tail;

	if (head != 0) {
		e->len = head;
		if (tail != 0)
			(void)insert_extent(l, &rest);
	} else if (tail != 0) {
		/* It stays in order: nothing lies between its old and its new start. */
		ddw_btree_rekey(&l->extent_index, e->vaddr, rest.vaddr);
		e->vaddr = rest.vaddr;
		e->iova = rest.iova;
		e->len = tail;
	} else {
		TAILQ_REMOVE(&l->extents, e, node);
		ddw_btree_remove(&l->extent_index, e->vaddr);
		ddw_slab_put(&l->extent_slab, e);
		l->n_extents--;
	}
}
