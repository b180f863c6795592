/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <string.h>

#include "history.h"

void
account_mapped(struct world *w, struct area *a, unsigned int at, unsigned int n, unsigned int piece,
	       uint64_t iova)
{
	unsigned int i;

	(void)w;
	for (i = 0; i < n; i++) {
		if (i == 0 || (piece != 0 && i % piece == 0))
			a->last_region++;
		a->pages[at + i] = (struct page){
			.mapped = true,
			.region = a->last_region,
			.iova = iova + i * a->size,
		};
	}
}

/* A registration is held until the last page of it has gone. */
static void
drop_region(struct area *a, unsigned int region)
{
	unsigned int i;

	for (i = 0; i < a->n; i++)
		if (a->pages[i].region == region && (a->pages[i].mapped || a->pages[i].held))
			return;
	for (i = 0; i < a->n; i++)
		if (a->pages[i].region == region)
			a->pages[i].region = 0;
}

unsigned int
account_unmapped(struct area *a, unsigned int at, unsigned int n)
{
	unsigned int i, count = 0;

	for (i = at; i < at + n; i++) {
		count += a->pages[i].mapped;
		a->pages[i].mapped = false;
	}
	for (i = at; i < at + n; i++)
		if (a->pages[i].region != 0)
			drop_region(a, a->pages[i].region);
	return count;
}

void
account_pinned(struct area *a, unsigned int at, unsigned int n, unsigned int piece)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (i == 0 || (piece != 0 && i % piece == 0))
			a->last_region++;
		a->pages[at + i].region = a->last_region;
		a->pages[at + i].held = true;
	}
}

void
account_unpinned(struct world *w, struct area *a, unsigned int at, unsigned int n)
{
	unsigned int i;

	for (i = at; i < at + n; i++) {
		if (!a->pages[i].held)
			continue;
		a->pages[i].held = false;
		a->pages[i].region = 0;
		replace_memory(w, a, i, 1);
	}
}

void
account_region(const struct area *a, unsigned int at, unsigned int *first, unsigned int *end)
{
	unsigned int region = a->pages[at].region;

	for (*first = at; *first > 0 && a->pages[*first - 1].region == region; --*first)
		;
	for (*end = at + 1; *end < a->n && a->pages[*end].region == region; ++*end)
		;
}

bool
account_over_limit(const struct world *w, uint64_t bytes)
{
	return w->limit != 0 && n_attached(w) != 0 && model_locked(w->m) + bytes > w->limit;
}

bool
account_registered(const struct area *a, unsigned int at, unsigned int n)
{
	unsigned int i;

	for (i = at; i < at + n; i++)
		if (a->pages[i].region != 0)
			return true;
	return false;
}

static bool
meets(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
	return a < b + blen && b < a + alen;
}

static bool
area_meets(const struct area *a, uint64_t iova, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < a->n; i++)
		if (a->pages[i].mapped && meets(a->pages[i].iova, a->size, iova, len))
			return true;
	return false;
}

/* Bus addresses that are never given out: 0, the hole of PowerNV, and the poison. */
static bool
left_out(const struct world *w, uint64_t iova, uint64_t len)
{
	uint64_t poison, page;

	if (w->main.start == 0 && iova == 0)
		return true;
	if (w->plan.low && meets(iova, len, w->plan.hole_start, w->plan.hole_size))
		return true;
	/* and the page below it */
	poison = ddw_space_poison(w->space);
	page = w->main.start + w->main.size - poison;
	return meets(iova, len, poison - page, 2 * page);
}

bool
account_free(const struct world *w, uint64_t iova, uint64_t len)
{
	unsigned int i;

	if (left_out(w, iova, len) || area_meets(&w->huge, iova, len) ||
	    area_meets(&w->pages, iova, len))
		return false;
	for (i = 0; i < HISTORY_RESERVED; i++)
		if (w->reserved[i].len != 0 &&
		    meets(w->reserved[i].iova, w->reserved[i].len, iova, len))
			return false;
	return true;
}

bool
account_room(const struct world *w, const struct area *a, unsigned int n)
{
	uint64_t at = w->main.start, end = w->main.start + w->main.size;
	unsigned int run = 0;

	for (at = (at + a->size - 1) & ~(a->size - 1); at + a->size <= end && run < n;
	     at += a->size)
		run = account_free(w, at, a->size) ? run + 1 : 0;
	return run == n;
}

bool
account_in_main(const struct world *w, const struct area *a)
{
	return a->size >= UINT64_C(1) << w->main.page_shift;
}

int
account_foresee(const struct world *w, const struct area *a, unsigned int at, unsigned int n,
		const struct ddw_mapping *m)
{
	bool fixed = (m->flags & DDW_MAP_FIXED) != 0, main = account_in_main(w, a);
	uint64_t last = m->iova + (m->len - 1);

	if (fixed && (m->iova < w->main.start || last > w->main.start + (w->main.size - 1)))
		return -ERANGE;
	if (!main && !w->has_small)
		return -ENOTSUP;
	if (account_registered(a, at, n))
		return -EEXIST;
	if (fixed && !account_free(w, m->iova, m->len))
		return -ERANGE;
	if (!fixed && main && !account_room(w, a, n))
		return -ENOSPC;
	return account_over_limit(w, m->len) ? -ENOMEM : 0;
}

static bool
in_small(const struct world *w, uint64_t iova)
{
	return w->has_small && iova >= w->small.start && iova - w->small.start < w->small.size;
}

/* Every group that is attached reaches the page, and no other one. */
static void
page_agrees(struct world *w, const struct area *a, unsigned int i)
{
	uint64_t vaddr = a->vaddr + i * a->size, iova = 0, found;
	const struct page *page = &a->pages[i];
	unsigned int g;

	CHECK(w, ddw_space_lookup(w->space, vaddr, &iova) == (page->mapped ? 0 : -ENOENT));
	if (!page->mapped)
		return;
	CHECK(w, iova == page->iova);
	for (g = 0; g < HISTORY_GROUPS; g++) {
		if (!is_attached(w, g))
			continue;
		CHECK(w, model_dma(w->m, group_number(g), iova, a->size, &found) == 0);
		CHECK(w, found == vaddr);
	}
}

static void
area_agrees(struct world *w, const struct area *a)
{
	unsigned int i;

	for (i = 0; i < a->n; i++)
		page_agrees(w, a, i);
}

/* Entries that the tables of group g should have. */
static uint64_t
entries(struct world *w, const struct area *a, unsigned int g)
{
	struct ddw_group_info info;
	uint64_t n = 0;
	unsigned int i;

	CHECK(w, ddw_space_group(w->space, (unsigned int)w->index[g], &info) == 0);
	for (i = 0; i < a->n; i++)
		if (a->pages[i].mapped)
			n += a->size >> (in_small(w, a->pages[i].iova) ? 12 : info.page_shift);
	return n;
}

/* Pages that were registered together lie side by side. */
static unsigned int
registrations(const struct area *a)
{
	unsigned int i, n = 0, before = 0;

	for (i = 0; i < a->n; i++) {
		n += a->pages[i].region != 0 && a->pages[i].region != before;
		before = a->pages[i].region;
	}
	return n;
}

static uint64_t
mapped_bytes(const struct area *a)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < a->n; i++)
		n += a->pages[i].mapped;
	return n * a->size;
}

/* Groups that the library has, or believes it has. */
static unsigned int
n_usable(struct world *w)
{
	struct ddw_group_info info;
	unsigned int i, n = 0;

	for (i = 0; ddw_space_group(w->space, i, &info) == 0; i++)
		n += info.usable;
	return n;
}

static void
sums_agree(struct world *w)
{
	unsigned int g, regions = registrations(&w->huge) + registrations(&w->pages);
	struct ddw_space_stats stats;

	ddw_space_get_stats(w->space, &stats);
	CHECK(w, stats.mapped_bytes == mapped_bytes(&w->huge) + mapped_bytes(&w->pages));
	CHECK(w, stats.regions == regions);
	CHECK(w, stats.ops[DDW_OP_REGISTER].calls - stats.ops[DDW_OP_REGISTER].errors ==
			 stats.ops[DDW_OP_UNREGISTER].calls + stats.dropped +
				 (w->v1 ? 0 : regions * n_usable(w)));
	CHECK(w, model_process_regions(w->m) == (w->v1 || n_attached(w) == 0 ? 0 : regions));
	for (g = 0; g < HISTORY_GROUPS; g++)
		if (is_attached(w, g))
			CHECK(w, model_group_tces(w->m, group_number(g)) ==
					 entries(w, &w->huge, g) + entries(w, &w->pages, g));
}

void
account_agrees(struct world *w, const struct area *a, unsigned int at, unsigned int n)
{
	/* All of it would take most of the time where a page has 512 entries. */
	bool all = w->step % (w->plan.mode == DDW_MODE_DMA32 ? 256 : 8) == 0;
	unsigned int i;

	CHECK(w, (w->step % 1024 == 0 ? model_check_all(w->m) : model_check(w->m)) == NULL);
	sums_agree(w);
	for (i = at; a != NULL && !all && i < at + n; i++)
		page_agrees(w, a, i);
	if (all) {
		area_agrees(w, &w->huge);
		area_agrees(w, &w->pages);
	}
}
