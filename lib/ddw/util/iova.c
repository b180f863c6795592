/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Allocate bus addresses from a bitmap. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ddw_units.h"
#include "util/iova.h"

/*
 * A bitmap, not a list of extents: freeing then needs no memory, so it cannot
 * fail, and freeing twice is seen at once. A window of 1 TiB of 2M pages takes
 * 64 KiB.
 */

#define WORD_BITS 64

static void
set_run(struct ddw_iova *a, uint64_t first, uint64_t n, bool value)
{
	while (n > 0) {
		unsigned int bit = first % WORD_BITS;
		uint64_t part = n < WORD_BITS - bit ? n : WORD_BITS - bit;
		uint64_t mask =
			part == WORD_BITS ? ~UINT64_C(0) : ((UINT64_C(1) << part) - 1) << bit;

		if (value)
			a->map[first / WORD_BITS] |= mask;
		else
			a->map[first / WORD_BITS] &= ~mask;
		first += part;
		n -= part;
	}
}

/* First page in [from, to) that is taken (or free); to when there is none. */
static uint64_t
find_free_run(const struct ddw_iova *a, uint64_t from, uint64_t to, bool want_taken)
{
	while (from < to) {
		uint64_t word = a->map[from / WORD_BITS];

		if (!want_taken)
			word = ~word;
		word >>= from % WORD_BITS;
		if (word != 0) {
			from += (uint64_t)__builtin_ctzll(word);
			return from < to ? from : to;
		}
		from += WORD_BITS - from % WORD_BITS;
	}
	return to;
}

int
ddw_iova_init(struct ddw_iova *a, uint64_t start, uint64_t size, unsigned int page_shift)
{
	uint64_t page, end;

	memset(a, 0, sizeof(*a));
	if (page_shift < 12 || page_shift > 40)
		return -EINVAL;
	page = UINT64_C(1) << page_shift;
	if (size == 0 || !ddw_is_aligned(start | size, page) || !ddw_add(start, size - 1, &end))
		return -EINVAL;

	a->pages = size >> page_shift;
	a->map = calloc((a->pages + WORD_BITS - 1) / WORD_BITS, sizeof(*a->map));
	if (a->map == NULL) {
		a->pages = 0;
		return -ENOMEM;
	}
	a->start = start;
	a->free = a->pages;
	a->page_shift = page_shift;
	return 0;
}

void
ddw_iova_fini(struct ddw_iova *a)
{
	free(a->map);
	memset(a, 0, sizeof(*a));
}

/* Bytes to pages; false for lengths that are empty or no whole pages. */
static bool
to_pages(const struct ddw_iova *a, uint64_t len, uint64_t *n)
{
	if (a->map == NULL || len == 0 || !ddw_is_aligned(len, UINT64_C(1) << a->page_shift))
		return false;
	*n = len >> a->page_shift;
	return true;
}

/* An extent inside the range, as page numbers. */
static int
to_run(const struct ddw_iova *a, uint64_t iova, uint64_t len, uint64_t *first, uint64_t *n)
{
	if (!to_pages(a, len, n) || !ddw_is_aligned(iova, UINT64_C(1) << a->page_shift))
		return -EINVAL;
	if (iova < a->start)
		return -ERANGE;
	*first = (iova - a->start) >> a->page_shift;
	if (*first >= a->pages || *n > a->pages - *first)
		return -ERANGE;
	return 0;
}

static void
take_run(struct ddw_iova *a, uint64_t first, uint64_t n)
{
	set_run(a, first, n, true);
	a->free -= n;
	if (first == a->hint)
		a->hint = first + n;
}

/* First page at or behind "page" whose bus address is a multiple of align; pages when none is. */
static uint64_t
aligned_page(const struct ddw_iova *a, uint64_t page, uint64_t align)
{
	uint64_t iova;

	if (page >= a->pages || !ddw_align_up(a->start + (page << a->page_shift), align, &iova))
		return a->pages;
	page = (iova - a->start) >> a->page_shift;
	return page < a->pages ? page : a->pages;
}

/* Pages that lie below a bus address as a whole; all when it is 0. */
static uint64_t
pages_below(const struct ddw_iova *a, uint64_t limit)
{
	uint64_t n;

	if (limit == 0)
		return a->pages;
	if (limit <= a->start)
		return 0;
	n = (limit - a->start) >> a->page_shift;
	return n < a->pages ? n : a->pages;
}

int
ddw_iova_find_below(const struct ddw_iova *a, uint64_t len, uint64_t align, uint64_t limit,
		    uint64_t *iova)
{
	uint64_t first, end, n, pages = pages_below(a, limit);

	if (!ddw_is_pow2(align) || !to_pages(a, len, &n))
		return -EINVAL;
	if (n > a->free)
		return -ENOSPC;

	for (first = aligned_page(a, a->hint, align); first < pages && n <= pages - first;
	     first = aligned_page(a, find_free_run(a, end, a->pages, false), align)) {
		end = find_free_run(a, first, first + n, true);
		if (end == first + n) {
			*iova = a->start + (first << a->page_shift);
			return 0;
		}
	}
	return -ENOSPC;
}

int
ddw_iova_alloc_below(struct ddw_iova *a, uint64_t len, uint64_t align, uint64_t limit,
		     uint64_t *iova)
{
	int ret = ddw_iova_find_below(a, len, align, limit, iova);

	if (ret == 0)
		take_run(a, (*iova - a->start) >> a->page_shift, len >> a->page_shift);
	return ret;
}

int
ddw_iova_alloc_aligned(struct ddw_iova *a, uint64_t len, uint64_t align, uint64_t *iova)
{
	return ddw_iova_alloc_below(a, len, align, 0, iova);
}

bool
ddw_iova_is_free(const struct ddw_iova *a, uint64_t iova, uint64_t len)
{
	uint64_t first, n;

	return to_run(a, iova, len, &first, &n) == 0 &&
	       find_free_run(a, first, first + n, true) == first + n;
}

int
ddw_iova_alloc_at(struct ddw_iova *a, uint64_t iova, uint64_t len)
{
	uint64_t first, n;
	int ret;

	ret = to_run(a, iova, len, &first, &n);
	if (ret != 0)
		return ret;
	if (find_free_run(a, first, first + n, true) != first + n)
		return -EEXIST;
	take_run(a, first, n);
	return 0;
}

int
ddw_iova_free(struct ddw_iova *a, uint64_t iova, uint64_t len)
{
	uint64_t first, n;
	int ret;

	ret = to_run(a, iova, len, &first, &n);
	if (ret != 0)
		return ret;
	if (find_free_run(a, first, first + n, false) != first + n)
		return -ENOENT;
	set_run(a, first, n, false);
	a->free += n;
	if (first < a->hint)
		a->hint = first;
	return 0;
}

uint64_t
ddw_iova_room(const struct ddw_iova *a, uint64_t block, uint64_t align)
{
	uint64_t page = UINT64_C(1) << a->page_shift, n, first, end, room = 0;

	if (block <= page)
		return ddw_iova_free_bytes(a);
	n = block >> a->page_shift;
	first = aligned_page(a, a->hint, align);
	while (first < a->pages && n <= a->pages - first) {
		end = find_free_run(a, first, first + n, true);
		if (end == first + n)
			room += block;
		else
			end = find_free_run(a, end, a->pages, false);
		first = aligned_page(a, end, align);
	}
	return room;
}

uint64_t
ddw_iova_free_bytes(const struct ddw_iova *a)
{
	return a->free << a->page_shift;
}
