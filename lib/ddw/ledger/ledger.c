/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

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
ledger_init(struct ledger *l)
{
	TAILQ_INIT(&l->regions);
	TAILQ_INIT(&l->extents);
	index_init(&l->region_index);
	index_init(&l->extent_index);
	l->n_regions = 0;
	l->n_extents = 0;
	l->bytes = 0;
	l->pages = 0;
	pool_init(&l->region_pool, sizeof(struct region));
	pool_init(&l->extent_pool, sizeof(struct extent));
}

void
ledger_fini(struct ledger *l)
{
	index_fini(&l->region_index);
	index_fini(&l->extent_index);
	pool_fini(&l->region_pool);
	pool_fini(&l->extent_pool);
	ledger_init(l);
	next_generation(l);
}

/* Room for so many elements in a list and its index. */
static int
reserve(struct pool *pool, struct index *index, uint64_t have, uint64_t more)
{
	uint64_t need;
	int ret;

	if (!ddw_add(have, more, &need))
		return -ENOMEM;
	ret = pool_reserve(pool, need);
	return ret != 0 ? ret : index_reserve(index, need);
}

int
ledger_reserve(struct ledger *l, uint64_t pages, uint64_t regions)
{
	/* Each page may become an extent of its own when memory goes away. */
	int ret = reserve(&l->extent_pool, &l->extent_index, l->pages, pages);

	if (ret != 0)
		return ret;
	return reserve(&l->region_pool, &l->region_index, l->n_regions, regions);
}

struct region *
ledger_region_at(const struct ledger *l, uint64_t vaddr)
{
	struct region *r = index_floor(&l->region_index, vaddr);

	if (r == NULL)
		return TAILQ_FIRST(&l->regions);
	return r->vaddr + (r->size - 1) < vaddr ? TAILQ_NEXT(r, node) : r;
}

struct region *
ledger_region_next(struct region *r)
{
	return TAILQ_NEXT(r, node);
}

struct region *
ledger_region_prev(struct region *r)
{
	return TAILQ_PREV(r, region_list, node);
}

struct extent *
ledger_extent_at(const struct ledger *l, uint64_t vaddr)
{
	struct extent *e = index_floor(&l->extent_index, vaddr);

	if (e == NULL)
		return TAILQ_FIRST(&l->extents);
	return e->vaddr + (e->len - 1) < vaddr ? TAILQ_NEXT(e, node) : e;
}

struct extent *
ledger_extent_next(struct extent *e)
{
	return TAILQ_NEXT(e, node);
}

struct extent *
ledger_extent_prev(struct extent *e)
{
	return TAILQ_PREV(e, extent_list, node);
}

bool
ledger_overlaps(const struct ledger *l, uint64_t vaddr, uint64_t len)
{
	const struct region *r = ledger_region_at(l, vaddr);

	return r != NULL && r->vaddr <= vaddr + (len - 1);
}

struct region *
ledger_add_region(struct ledger *l, uint64_t vaddr, uint64_t size)
{
	struct region *before = index_floor(&l->region_index, vaddr);
	struct region *r = pool_get(&l->region_pool);

	*r = (struct region){ .vaddr = vaddr, .size = size };
	if (before != NULL)
		TAILQ_INSERT_AFTER(&l->regions, before, r, node);
	else
		TAILQ_INSERT_HEAD(&l->regions, r, node);
	index_insert(&l->region_index, vaddr, r);
	l->n_regions++;
	return r;
}

void
ledger_drop_region(struct ledger *l, struct region *r)
{
	TAILQ_REMOVE(&l->regions, r, node);
	index_remove(&l->region_index, r->vaddr);
	pool_put(&l->region_pool, r);
	l->n_regions--;
}

/* Change the account of every region in [vaddr, vaddr + len). */
static void
account(struct ledger *l, uint64_t vaddr, uint64_t len, unsigned int page_shift, bool mapped)
{
	uint64_t last = vaddr + (len - 1);
	struct region *r;

	for (r = ledger_region_at(l, vaddr); r != NULL && r->vaddr <= last;
	     r = ledger_region_next(r)) {
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
	struct extent *before = index_floor(&l->extent_index, data->vaddr);
	struct extent *e = pool_get(&l->extent_pool);

	*e = *data;
	if (before != NULL)
		TAILQ_INSERT_AFTER(&l->extents, before, e, node);
	else
		TAILQ_INSERT_HEAD(&l->extents, e, node);
	index_insert(&l->extent_index, e->vaddr, e);
	l->n_extents++;
	return e;
}

struct extent *
ledger_add_extent(struct ledger *l, const struct extent *e)
{
	account(l, e->vaddr, e->len, e->page_shift, true);
	return insert_extent(l, e);
}

void
ledger_cut_extent(struct ledger *l, struct extent *e, uint64_t vaddr, uint64_t len)
{
	uint64_t head = vaddr - e->vaddr;
	uint64_t tail = e->len - head - len;
	struct extent rest = *e;

	next_generation(l);
	account(l, vaddr, len, e->page_shift, false);
	rest.vaddr += head + len;
	rest.iova += head + len;
	rest.len = tail;

	if (head != 0) {
		e->len = head;
		if (tail != 0)
			(void)insert_extent(l, &rest);
	} else if (tail != 0) {
		/* It stays in order: nothing lies between its old and its new start. */
		index_rekey(&l->extent_index, e->vaddr, rest.vaddr);
		e->vaddr = rest.vaddr;
		e->iova = rest.iova;
		e->len = tail;
	} else {
		TAILQ_REMOVE(&l->extents, e, node);
		index_remove(&l->extent_index, e->vaddr);
		pool_put(&l->extent_pool, e);
		l->n_extents--;
	}
}
