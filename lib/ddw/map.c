/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <string.h>

#include "ddw_units.h"
#include "pin.h"
#include "space.h"

/* The kernel maps without a pause: more pages at once could stall a CPU. */
#define MAP_PAGES_MAX (UINT64_C(1) << 16)

/* The kernel checks the first page only, so the end is checked here. */
static bool
inside_window(const struct ddw_group_info *g, uint64_t iova, uint64_t len)
{
	uint64_t last, page = UINT64_C(1) << g->page_shift;

	return len != 0 && ddw_is_aligned(iova | len, page) && ddw_add(iova, len - 1, &last) &&
	       iova >= g->start && last <= g->start + (g->size - 1);
}

/* MAP one run in one group, in chunks. "done" tells how far it came. */
static int
map_group(struct ddw_space *space, unsigned int i, uint64_t vaddr, uint64_t iova, uint64_t len,
	  uint64_t *done)
{
	const struct group *g = &space->groups[i];
	uint64_t chunk = MAP_PAGES_MAX << g->info.page_shift;
	int ret;

	*done = 0;
	if (!inside_window(&g->info, iova, len))
		return -ERANGE;
	while (*done < len) {
		struct vfio_iommu_type1_dma_map map = {
			.argsz = sizeof(map),
			.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
			.vaddr = vaddr + *done,
			.iova = iova + *done,
			.size = len - *done < chunk ? len - *done : chunk,
		};

		ret = space_ioctl(space, DDW_OP_MAP, g->container_fd, &map);
		if (ret != 0)
			return ret;
		*done += map.size;
	}
	return 0;
}

static int
unmap_group(struct ddw_space *space, unsigned int i, uint64_t iova, uint64_t len)
{
	const struct group *g = &space->groups[i];
	uint64_t chunk = MAP_PAGES_MAX << g->info.page_shift;
	uint64_t done;
	int ret;

	if (!inside_window(&g->info, iova, len))
		return -ERANGE;
	for (done = 0; done < len; done += chunk) {
		struct vfio_iommu_type1_dma_unmap unmap;

		memset(&unmap, 0, sizeof(unmap));
		unmap.argsz = sizeof(unmap);
		unmap.iova = iova + done;
		unmap.size = len - done < chunk ? len - done : chunk;
		ret = space_ioctl(space, DDW_OP_UNMAP, g->container_fd, &unmap);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/*
 * Take back a MAP that failed half way. The kernel may have lost count of a
 * region then and keep its pages for ever, so the memory is not trusted again.
 * Returns the groups that may still reach some of it.
 */
static uint64_t
undo_map(struct ddw_space *space, uint64_t vaddr, uint64_t iova, uint64_t len, unsigned int failed,
	 uint64_t done)
{
	uint64_t set = space_usable(space), last = vaddr + (len - 1), dirty = 0;
	struct ledger *l = &space->ledger;
	struct region *r;
	unsigned int i;

	for (i = 0; i <= failed; i++) {
		uint64_t part = i == failed ? done : len;

		if ((set & group_bit(i)) && part != 0 && unmap_group(space, i, iova, part) != 0)
			dirty |= group_bit(i);
	}
	for (r = ledger_region_at(l, vaddr); r != NULL && r->vaddr <= last;
	     r = ledger_region_next(r))
		r->suspect = true;
	return dirty;
}

static int
fail_no_window(struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_BAD_RANGE, ENODEV, "no DMA window is open");

	ddw_error_why(err, "no group is attached, or none is left");
	ddw_error_fix(err, "attach a group and open its window first");
	return ret;
}

static int
map_all(struct ddw_space *space, uint64_t vaddr, uint64_t iova, uint64_t len, struct ddw_error *err)
{
	uint64_t set = space_usable(space), done;
	struct extent e = {
		.vaddr = vaddr,
		.len = len,
		.iova = iova,
		.groups = set,
		.page_shift = space->page_shift,
	};
	char text[SPACE_RESULT];
	unsigned int i;
	int ret;

	for (i = 0; i < space->n_groups; i++) {
		if (!(set & group_bit(i)))
			continue;
		ret = map_group(space, i, vaddr, iova, len, &done);
		if (ret == 0)
			continue;
		if (space_group_gone(space, i)) {
			e.groups &= ~group_bit(i);
			continue;
		}
		ddw_fail(err, DDW_MSG_MAP_FAILED, space_errno(ret),
			 "%s: %" PRIu64 " bytes at 0x%" PRIx64 " cannot be mapped at bus address "
			 "0x%" PRIx64 ": %s",
			 space->groups[i].info.name, len - done, vaddr + done, iova + done,
			 space_result(ret, text, sizeof(text)));
		/* What is still mapped stays in the ledger, and keeps its addresses. */
		e.groups = undo_map(space, vaddr, iova, len, i, done);
		if (e.groups != 0)
			(void)ledger_add_extent(&space->ledger, &e);
		else
			(void)ddw_iova_free(&space->iova, iova, len); /* taken by the caller */
		return space_errno(ret);
	}
	if (e.groups == 0) {
		(void)ddw_iova_free(&space->iova, iova, len); /* taken by the caller */
		return fail_no_window(err);
	}
	(void)ledger_add_extent(&space->ledger, &e);
	return 0;
}

static int
check_range(const struct ddw_space *space, uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	uint64_t page = UINT64_C(1) << space->page_shift, last;

	if (!space->windows_open)
		return fail_no_window(err);
	if (len == 0 || !ddw_is_aligned(vaddr | len, page) || !ddw_add(vaddr, len - 1, &last))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"memory at 0x%" PRIx64 ", %" PRIu64
				" bytes, is not made of IOMMU pages of %" PRIu64 " bytes",
				vaddr, len, page);
	return 0;
}

static int
map_locked(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece, uint64_t *iova,
	   struct ddw_error *err)
{
	int ret;

	ret = check_range(space, vaddr, len, err);
	if (ret != 0)
		return ret;
	if (space_usable(space) == 0)
		return fail_no_window(err);
	piece = piece == 0 ? len : piece;
	if (!ddw_is_aligned(piece, UINT64_C(1) << space->page_shift))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"pieces of %" PRIu64 " bytes are not made of IOMMU pages", piece);
	if (ledger_overlaps(&space->ledger, vaddr, len))
		return ddw_fail(err, DDW_MSG_MEMORY_OVERLAP, EEXIST,
				"memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is registered already",
				vaddr, len);
	if (len <= ddw_iova_free_bytes(&space->iova) &&
	    ledger_reserve(&space->ledger, len >> space->page_shift, (len - 1) / piece + 1) != 0)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot extend the ledger");
	ret = ddw_iova_alloc(&space->iova, len, iova);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_WINDOW_FULL, ret,
				"no %" PRIu64 " consecutive bytes left in the window, %" PRIu64
				" are free in all",
				len, ddw_iova_free_bytes(&space->iova));

	ret = pin_all(space, vaddr, len, piece, err);
	if (ret != 0)
		(void)ddw_iova_free(&space->iova, *iova, len); /* it was allocated above */
	else
		ret = map_all(space, vaddr, *iova, len, err);
	if (ret != 0)
		(void)pin_drop(space, vaddr, len, NULL); /* the first error is the one to tell */
	return ret;
}

int
ddw_space_map(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece, uint64_t *iova,
	      struct ddw_error *err)
{
	int ret;

	(void)pthread_mutex_lock(&space->lock);
	ret = map_locked(space, vaddr, len, piece, iova, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

/* Unmap a part of one extent in all its groups. */
static int
unmap_part(struct ddw_space *space, struct extent *e, uint64_t vaddr, uint64_t len,
	   struct ddw_error *err)
{
	uint64_t iova = e->iova + (vaddr - e->vaddr);
	char text[SPACE_RESULT];
	unsigned int i;
	int ret = 0, one;

	for (i = 0; i < space->n_groups; i++) {
		if (!(e->groups & group_bit(i)))
			continue;
		one = unmap_group(space, i, iova, len);
		if (one != 0 && !space_group_gone(space, i))
			ret = ddw_fail(err, DDW_MSG_UNMAP_FAILED, space_errno(one),
				       "%s: %" PRIu64 " bytes at bus address 0x%" PRIx64
				       " cannot be unmapped: %s",
				       space->groups[i].info.name, len, iova,
				       space_result(one, text, sizeof(text)));
	}
	if (ret != 0)
		return ret;
	ledger_cut_extent(&space->ledger, e, vaddr, len);
	return ddw_iova_free(&space->iova, iova, len);
}

static int
unmap_locked(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t *unmapped,
	     struct ddw_error *err)
{
	uint64_t last = vaddr + (len - 1), bytes = space->ledger.bytes;
	struct ledger *l = &space->ledger;
	struct extent *e, *next;
	int ret = 0, one;

	for (e = ledger_extent_at(l, vaddr); e != NULL && e->vaddr <= last; e = next) {
		uint64_t e_last = e->vaddr + (e->len - 1);
		uint64_t from = e->vaddr > vaddr ? e->vaddr : vaddr;
		uint64_t to = e_last < last ? e_last : last;

		next = ledger_extent_next(e); /* before "e" may be gone */
		one = unmap_part(space, e, from, to - from + 1, err);
		ret = ret != 0 ? ret : one;
	}
	one = pin_drop(space, vaddr, len, err);
	if (unmapped != NULL)
		*unmapped = bytes - l->bytes;
	return ret != 0 ? ret : one;
}

int
ddw_space_unmap(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t *unmapped,
		struct ddw_error *err)
{
	int ret;

	if (unmapped != NULL)
		*unmapped = 0;
	(void)pthread_mutex_lock(&space->lock);
	ret = check_range(space, vaddr, len, err);
	if (ret == 0)
		ret = unmap_locked(space, vaddr, len, unmapped, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

int
ddw_space_lookup(struct ddw_space *space, uint64_t vaddr, uint64_t *iova)
{
	const struct extent *e;
	int ret = -ENOENT;

	(void)pthread_mutex_lock(&space->lock);
	e = ledger_extent_at(&space->ledger, vaddr);
	if (e != NULL && e->vaddr <= vaddr) {
		*iova = e->iova + (vaddr - e->vaddr);
		ret = 0;
	}
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

int
ddw_space_release(struct ddw_space *space, struct ddw_error *err)
{
	int ret = 0;

	(void)pthread_mutex_lock(&space->lock);
	if (space->windows_open)
		ret = unmap_locked(space, 0, UINT64_MAX, NULL, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}
