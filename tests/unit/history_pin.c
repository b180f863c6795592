/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Steps of histories with memory that stays registered. */

#include <errno.h>

#include "history.h"

/* Is memory of such pages made of pages of some range? */
static bool
fits_somewhere(const struct world *w, const struct area *a)
{
	return account_in_main(w, a) || w->has_small;
}

static unsigned int
held_pages(const struct area *a)
{
	unsigned int i, n = 0;

	for (i = 0; i < a->n; i++)
		n += a->pages[i].held;
	return n;
}

void
op_pin(struct world *w)
{
	struct area *a = some_area(w);
	unsigned int n = 1 + pick(&w->random, 12), piece = pick(&w->random, 5);
	unsigned int at = pick(&w->random, a->n - n);
	int ret, want = 0;

	if (held_pages(a) > a->n / 3)
		return;
	if (!fits_somewhere(w, a))
		want = -EINVAL;
	else if (account_registered(a, at, n))
		want = -EEXIST;
	else if (account_over_limit(w, n * a->size))
		want = -ENOMEM;
	ddw_error_clear(&w->err);
	ret = ddw_space_pin(w->space, a->vaddr + at * a->size, n * a->size, piece * a->size,
			    &w->err);
	CHECK(w, ret == want && (ret == 0 || is_told(w, ret)));
	if (ret == 0)
		account_pinned(a, at, n, piece);
	account_agrees(w, a, at, n);
}

/* What lets the pages go has to lead to. */
static int
foresee_unpin(const struct area *a, unsigned int at, unsigned int n)
{
	unsigned int i, first, end, k;

	for (i = at; i < at + n; i = end) {
		end = i + 1;
		if (!a->pages[i].held)
			continue;
		account_region(a, i, &first, &end);
		if (first < at || end > at + n)
			return -EINVAL;
		for (k = first; k < end; k++)
			if (a->pages[k].mapped)
				return -EBUSY;
	}
	return 0;
}

void
op_unpin(struct world *w)
{
	struct area *a = some_area(w);
	unsigned int at = pick(&w->random, a->n - 12), n = 1 + pick(&w->random, 12), i, end;
	int ret, want;

	/* mostly what was pinned together */
	for (i = 0; i < a->n && pick(&w->random, 4) != 0; i++)
		if (a->pages[(at + i) % a->n].held) {
			account_region(a, (at + i) % a->n, &at, &end);
			n = end - at;
			break;
		}
	want = fits_somewhere(w, a) ? foresee_unpin(a, at, n) : -EINVAL;
	ddw_error_clear(&w->err);
	ret = ddw_space_unpin(w->space, a->vaddr + at * a->size, n * a->size, &w->err);
	CHECK(w, ret == want && (ret == 0 || is_told(w, ret)));
	if (ret == 0)
		account_unpinned(w, a, at, n);
	account_agrees(w, a, at, n);
}

static int
foresee_map(const struct world *w, const struct area *a, unsigned int at, unsigned int n)
{
	bool mapped = false;
	unsigned int i;

	if (!fits_somewhere(w, a))
		return -ENOTSUP;
	for (i = at; i < at + n; i++) {
		if (!a->pages[i].held)
			return -EINVAL;
		mapped = mapped || a->pages[i].mapped;
	}
	if (mapped)
		return -EEXIST;
	return account_in_main(w, a) && !account_room(w, a, n) ? -ENOSPC : 0;
}

void
op_map_pinned(struct world *w)
{
	struct area *a = some_area(w);
	unsigned int n = 1 + pick(&w->random, 4), i;
	unsigned int at = pick(&w->random, a->n - n);
	struct ddw_mapping m = { .page_size = a->size, .flags = DDW_MAP_PINNED };
	int ret;

	/* mostly where something is pinned */
	for (i = 0; i < a->n - n && !a->pages[at].held && pick(&w->random, 16) != 0; i++)
		at = (at + 1) % (a->n - n);
	m.vaddr = a->vaddr + at * a->size;
	m.len = n * a->size;
	ddw_error_clear(&w->err);
	ret = ddw_space_map_memory(w->space, &m, &w->err);
	CHECK(w, ret == foresee_map(w, a, at, n) && (ret == 0 || is_told(w, ret)));
	if (ret == 0)
		CHECK(w, !account_in_main(w, a) || account_free(w, m.iova, m.len));
	for (i = 0; ret == 0 && i < n; i++) {
		a->pages[at + i].mapped = true;
		a->pages[at + i].iova = m.iova + i * a->size;
	}
	account_agrees(w, a, at, n);
}
