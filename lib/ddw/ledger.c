/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "ddw_units.h"
#include "ledger.h"

/* Neither regions nor extents overlap, so the first address orders them. */
static int
region_cmp(const struct region *a, const struct region *b)
{
	return (a->vaddr > b->vaddr) - (a->vaddr < b->vaddr);
}

static int
extent_cmp(const struct extent *a, const struct extent *b)
{
	return (a->vaddr > b->vaddr) - (a->vaddr < b->vaddr);
}

/* RB_GENERATE_STATIC() asks for a macro that libbsd does not define on Linux. */
#define TREE_FUNCTION __attribute__((unused)) static
RB_GENERATE_INTERNAL(region_tree, region, node, region_cmp, TREE_FUNCTION)
RB_GENERATE_INTERNAL(extent_tree, extent, node, extent_cmp, TREE_FUNCTION)

/* Readers come without the lock, so the store must be one. */
static void
next_generation(struct ledger *l)
{
	__atomic_store_n(&l->generation, l->generation + 1, __ATOMIC_RELEASE);
}

void
ledger_init(struct ledger *l)
{
	RB_INIT(&l->regions);
	RB_INIT(&l->extents);
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
	pool_fini(&l->region_pool);
	pool_fini(&l->extent_pool);
	ledger_init(l);
	next_generation(l);
}

int
ledger_reserve(struct ledger *l, uint64_t pages, uint64_t regions)
{
	uint64_t need;
	int ret;

	/* Each page may become an extent of its own when memory goes away. */
	if (!ddw_add(l->pages, pages, &need))
		return -ENOMEM;
	ret = pool_reserve(&l->extent_pool, need);
	if (ret != 0)
		return ret;
	if (!ddw_add(l->n_regions, regions, &need))
		return -ENOMEM;
	return pool_reserve(&l->region_pool, need);
}

struct region *
ledger_region_at(const struct ledger *l, uint64_t vaddr)
{
	struct region *r = RB_ROOT(&l->regions), *found = NULL;

	while (r != NULL) {
		if (r->vaddr + (r->size - 1) < vaddr) {
			r = RB_RIGHT(r, node);
		} else {
			found = r;
			r = RB_LEFT(r, node);
		}
	}
	return found;
}

struct region *
ledger_region_next(struct region *r)
{
	return RB_NEXT(region_tree, NULL, r);
}

struct region *
ledger_region_prev(struct region *r)
{
	return RB_PREV(region_tree, NULL, r);
}

struct extent *
ledger_extent_at(const struct ledger *l, uint64_t vaddr)
{
	struct extent *e = RB_ROOT(&l->extents), *found = NULL;

	while (e != NULL) {
		if (e->vaddr + (e->len - 1) < vaddr) {
			e = RB_RIGHT(e, node);
		} else {
			found = e;
			e = RB_LEFT(e, node);
		}
	}
	return found;
}

struct extent *
ledger_extent_next(struct extent *e)
{
	return RB_NEXT(extent_tree, NULL, e);
}

struct extent *
ledger_extent_prev(struct extent *e)
{
	return RB_PREV(extent_tree, NULL, e);
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
	struct region *r = pool_get(&l->region_pool);

	*r = (struct region){ .vaddr = vaddr, .size = size };
	(void)RB_INSERT(region_tree, &l->regions, r); /* nothing else starts there */
	l->n_regions++;
	return r;
}

void
ledger_drop_region(struct ledger *l, struct region *r)
{
	(void)RB_REMOVE(region_tree, &l->regions, r); /* returns what it got */
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
	struct extent *e = pool_get(&l->extent_pool);

	*e = *data;
	(void)RB_INSERT(extent_tree, &l->extents, e); /* nothing else starts there */
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
		e->vaddr = rest.vaddr;
		e->iova = rest.iova;
		e->len = tail;
	} else {
		(void)RB_REMOVE(extent_tree, &l->extents, e); /* returns what it got */
		pool_put(&l->extent_pool, e);
		l->n_extents--;
	}
}
