/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ddw_units.h"
#include "ledger.h"

void
ledger_init(struct ledger *l, unsigned int page_shift)
{
	memset(l, 0, sizeof(*l));
	l->page_shift = page_shift;
}

void
ledger_fini(struct ledger *l)
{
	free(l->regions);
	free(l->extents);
	memset(l, 0, sizeof(*l));
}

static int
grow(void **array, size_t *max, uint64_t need, size_t elem)
{
	uint64_t bytes, room;
	void *p;

	if (need <= *max)
		return 0;
	room = ddw_next_pow2(need);
	if (room < 64)
		room = 64;
	if (!ddw_mul(room, elem, &bytes) || bytes > SIZE_MAX)
		return -ENOMEM;
	p = realloc(*array, (size_t)bytes);
	if (p == NULL)
		return -ENOMEM;
	*array = p;
	*max = (size_t)room;
	return 0;
}

int
ledger_reserve(struct ledger *l, uint64_t pages, size_t regions)
{
	void *p = l->extents;
	uint64_t need;
	int ret;

	/* Each page may become an extent of its own when memory goes away. */
	if (!ddw_add(l->pages, pages, &need))
		return -ENOMEM;
	ret = grow(&p, &l->max_extents, need, sizeof(*l->extents));
	l->extents = p;
	if (ret != 0)
		return ret;

	p = l->regions;
	ret = grow(&p, &l->max_regions, (uint64_t)l->n_regions + regions, sizeof(*l->regions));
	l->regions = p;
	return ret;
}

size_t
ledger_region_at(const struct ledger *l, uint64_t vaddr)
{
	size_t lo = 0, hi = l->n_regions;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->regions[mid].vaddr + (l->regions[mid].size - 1) < vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t
ledger_extent_at(const struct ledger *l, uint64_t vaddr)
{
	size_t lo = 0, hi = l->n_extents;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->extents[mid].vaddr + (l->extents[mid].len - 1) < vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
ledger_overlaps(const struct ledger *l, uint64_t vaddr, uint64_t len)
{
	size_t i = ledger_region_at(l, vaddr);

	return i < l->n_regions && l->regions[i].vaddr <= vaddr + (len - 1);
}

struct region *
ledger_add_region(struct ledger *l, uint64_t vaddr, uint64_t size)
{
	size_t i = ledger_region_at(l, vaddr);
	struct region *r = &l->regions[i];

	memmove(r + 1, r, (l->n_regions - i) * sizeof(*r));
	l->n_regions++;
	*r = (struct region){ .vaddr = vaddr, .size = size };
	return r;
}

void
ledger_drop_region(struct ledger *l, size_t index)
{
	struct region *r = &l->regions[index];

	l->n_regions--;
	memmove(r, r + 1, (l->n_regions - index) * sizeof(*r));
}

/* Change the account of every region in [vaddr, vaddr + len). */
static void
account(struct ledger *l, uint64_t vaddr, uint64_t len, bool mapped)
{
	uint64_t last = vaddr + (len - 1);
	size_t i;

	for (i = ledger_region_at(l, vaddr); i < l->n_regions && l->regions[i].vaddr <= last; i++) {
		struct region *r = &l->regions[i];
		uint64_t from = r->vaddr > vaddr ? r->vaddr : vaddr;
		uint64_t r_last = r->vaddr + (r->size - 1);
		uint64_t bytes = (r_last < last ? r_last : last) - from + 1;

		if (mapped)
			r->mapped += bytes;
		else
			r->mapped -= bytes;
	}
	if (mapped)
		l->pages += len >> l->page_shift;
	else
		l->pages -= len >> l->page_shift;
}

static void
insert_extent(struct ledger *l, size_t i, const struct extent *e)
{
	memmove(&l->extents[i + 1], &l->extents[i], (l->n_extents - i) * sizeof(*e));
	l->extents[i] = *e;
	l->n_extents++;
}

void
ledger_add_extent(struct ledger *l, const struct extent *e)
{
	insert_extent(l, ledger_extent_at(l, e->vaddr), e);
	account(l, e->vaddr, e->len, true);
}

void
ledger_cut_extent(struct ledger *l, size_t index, uint64_t vaddr, uint64_t len)
{
	struct extent *e = &l->extents[index];
	uint64_t head = vaddr - e->vaddr;
	uint64_t tail = e->len - head - len;
	struct extent rest = *e;

	account(l, vaddr, len, false);
	rest.vaddr += head + len;
	rest.iova += head + len;
	rest.len = tail;

	if (head != 0 && tail != 0) {
		e->len = head;
		insert_extent(l, index + 1, &rest);
	} else if (head != 0) {
		e->len = head;
	} else if (tail != 0) {
		*e = rest;
	} else {
		l->n_extents--;
		memmove(e, e + 1, (l->n_extents - index) * sizeof(*e));
	}
}
