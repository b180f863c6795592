/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Keep account of what is registered and mapped. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ddw_units.h"
#include "ledger/ledger.h"

#define ROOM_MIN 64

struct slab_chunk {
	struct slab_chunk *next;
	uint64_t room;
	uint64_t taken; /* from the start on; those behind were never touched */
	max_align_t elems[];
};

void
ddw_slab_init(struct slab *p, size_t elem)
{
	memset(p, 0, sizeof(*p));
	p->elem = elem;
}

void
ddw_slab_fini(struct slab *p)
{
	while (p->first != NULL) {
		struct slab_chunk *s = p->first;

		p->first = s->next;
		free(s);
	}
	memset(p, 0, sizeof(*p));
}

int
ddw_slab_reserve(struct slab *p, uint64_t total)
{
	struct slab_chunk *s;
	uint64_t add;
	size_t bytes;

	if (total <= p->room)
		return 0;
	/* Half as much again at least: memory that grows page by page gets few slabs. */
	add = total - p->room;
	if (add < p->room / 2)
		add = p->room / 2;
	if (add < ROOM_MIN)
		add = ROOM_MIN;
	if (__builtin_mul_overflow(add, p->elem, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*s), &bytes))
		return -ENOMEM;
	s = malloc(bytes);
	if (s == NULL)
		return -ENOMEM;
	*s = (struct slab_chunk){ .room = add };
	if (p->last != NULL)
		p->last->next = s;
	else
		p->first = s;
	if (p->fresh == NULL)
		p->fresh = s;
	p->last = s;
	p->room += add;
	return 0;
}

void *
ddw_slab_get(struct slab *p)
{
	struct slab_chunk *s = p->fresh;
	void *elem = p->returned;

	if (elem != NULL) {
		memcpy(&p->returned, elem, sizeof(p->returned));
		return elem;
	}
	elem = (char *)s->elems + s->taken * p->elem;
	if (++s->taken == s->room)
		p->fresh = s->next;
	return elem;
}

void
ddw_slab_put(struct slab *p, void *elem)
{
	memcpy(elem, &p->returned, sizeof(p->returned));
	p->returned = elem;
}

/*
 * Entries of a tree do not overlap, so their last bytes are in the same order as their
 * first ones. Compared by the last byte, RB_NFIND() of one byte gives the first entry
 * that ends behind it, and an entry may shrink where it is.
 */
static int
compare_last(uint64_t a_last, uint64_t b_last)
{
	return (a_last > b_last) - (a_last < b_last);
}

static int
region_cmp(const struct region *a, const struct region *b)
{
	return compare_last(a->vaddr + (a->size - 1), b->vaddr + (b->size - 1));
}

static int
extent_cmp(const struct extent *a, const struct extent *b)
{
	return compare_last(a->vaddr + (a->len - 1), b->vaddr + (b->len - 1));
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
ddw_ledger_init(struct ledger *l)
{
	RB_INIT(&l->regions);
	RB_INIT(&l->extents);
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
	ddw_slab_fini(&l->region_slab);
	ddw_slab_fini(&l->extent_slab);
	ddw_ledger_init(l);
	next_generation(l);
}

int
ddw_ledger_reserve(struct ledger *l, uint64_t pages, uint64_t regions)
{
	int ret;

	/* Each page may become an extent of its own when memory goes away. */
	if (!ddw_add(l->pages, pages, &pages) || !ddw_add(l->n_regions, regions, &regions))
		return -ENOMEM;
	ret = ddw_slab_reserve(&l->extent_slab, pages);
	return ret != 0 ? ret : ddw_slab_reserve(&l->region_slab, regions);
}

struct region *
ddw_ledger_region_at(struct ledger *l, uint64_t vaddr)
{
	struct region byte = { .vaddr = vaddr, .size = 1 };

	return RB_NFIND(region_tree, &l->regions, &byte);
}

struct region *
ddw_ledger_region_next(struct region *r)
{
	return RB_NEXT(region_tree, NULL, r);
}

struct extent *
ddw_ledger_extent_at(struct ledger *l, uint64_t vaddr)
{
	struct extent byte = { .vaddr = vaddr, .len = 1 };

	return RB_NFIND(extent_tree, &l->extents, &byte);
}

struct extent *
ddw_ledger_extent_next(struct extent *e)
{
	return RB_NEXT(extent_tree, NULL, e);
}

bool
ddw_ledger_overlaps(struct ledger *l, uint64_t vaddr, uint64_t len)
{
	const struct region *r = ddw_ledger_region_at(l, vaddr);

	return r != NULL && r->vaddr <= vaddr + (len - 1);
}

struct region *
ddw_ledger_add_region(struct ledger *l, uint64_t vaddr, uint64_t size)
{
	struct region *r = ddw_slab_get(&l->region_slab);

	*r = (struct region){ .vaddr = vaddr, .size = size };
	RB_INSERT(region_tree, &l->regions, r);
	l->n_regions++;
	return r;
}

void
ddw_ledger_drop_region(struct ledger *l, struct region *r)
{
	RB_REMOVE(region_tree, &l->regions, r);
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
	struct extent *e = ddw_slab_get(&l->extent_slab);

	*e = *data;
	RB_INSERT(extent_tree, &l->extents, e);
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
		e->vaddr = rest.vaddr;
		e->iova = rest.iova;
		e->len = tail;
	} else {
		RB_REMOVE(extent_tree, &l->extents, e);
		ddw_slab_put(&l->extent_slab, e);
		l->n_extents--;
	}
}
