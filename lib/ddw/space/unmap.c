/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Unmap memory, and release all that a space holds. */

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <string.h>

#include "ddw_units.h"
#include "space/pin.h"
#include "space/register.h"
#include "space/shared_ranges.h"
#include "space/unmap.h"

int
ddw_tce_unmap(struct ddw_space *space, unsigned int i, uint64_t iova, uint64_t len)
{
	const struct group *g = &space->groups[i];
	const struct window *w = &g->win[ddw_range_of(space, iova)];
	uint64_t chunk = MAP_PAGES_MAX << w->page_shift;
	uint64_t done;
	int ret;

	if (!ddw_window_holds(w, iova, len))
		return -ERANGE;
	for (done = 0; done < len; done += chunk) {
		struct vfio_iommu_type1_dma_unmap unmap;

		memset(&unmap, 0, sizeof(unmap));
		unmap.argsz = sizeof(unmap);
		unmap.iova = iova + done;
		unmap.size = len - done < chunk ? len - done : chunk;
		ret = ddw_space_ioctl(space, DDW_OP_UNMAP, g->container_fd, &unmap);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/* Unmap a part of one extent in all its groups. */
static int
unmap_extent_part(struct ddw_space *space, struct extent *e, uint64_t vaddr, uint64_t len,
		  struct ddw_error *err)
{
	uint64_t iova = e->iova + (vaddr - e->vaddr);
	char text[SPACE_RESULT];
	unsigned int i;
	int ret = 0, one;

	if (!ddw_is_aligned(vaddr | len, UINT64_C(1) << e->page_shift))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is not aligned to "
				"IOMMU pages of %" PRIu64 " bytes",
				vaddr, len, UINT64_C(1) << e->page_shift);
	for (i = 0; i < space->n_groups; i++) {
		if (!(e->groups & group_bit(i)))
			continue;
		one = ddw_tce_unmap(space, i, iova, len);
		if (one != 0 && !ddw_space_group_left(space, i, DDW_OP_UNMAP))
			ret = ddw_fail(err, DDW_MSG_UNMAP_FAILED, ddw_space_errno(one),
				       "%s: %" PRIu64 " bytes at bus address 0x%" PRIx64
				       " cannot be unmapped: %s",
				       space->groups[i].info.name, len, iova,
				       ddw_space_result(one, text, sizeof(text)));
	}
	if (ret != 0)
		return ret;
	ddw_ledger_cut_extent(&space->ledger, e, vaddr, len);
	return ddw_iova_free(&space->ranges[ddw_range_of(space, iova)].iova, iova, len);
}

static int
unmap_locked(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t *unmapped,
	     struct ddw_error *err)
{
	uint64_t last = vaddr + (len - 1), bytes = space->ledger.bytes;
	struct extent *e, *next;
	int ret = 0, one;

	for (e = ddw_ledger_extent_at(&space->ledger, vaddr); e != NULL && e->vaddr <= last;
	     e = next) {
		uint64_t e_last = e->vaddr + (e->len - 1);
		uint64_t from = e->vaddr > vaddr ? e->vaddr : vaddr;
		uint64_t to = e_last < last ? e_last : last;

		next = ddw_ledger_extent_next(e); /* cutting may drop this one */
		/* the first failure is the one to tell */
		one = unmap_extent_part(space, e, from, to - from + 1, ret == 0 ? err : NULL);
		ret = ret != 0 ? ret : one;
	}
	one = ddw_unregister_unused(space, vaddr, len, ret == 0 ? err : NULL);
	if (unmapped != NULL)
		*unmapped = bytes - space->ledger.bytes;
	return ret != 0 ? ret : one;
}

int
ddw_space_unmap(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t *unmapped,
		struct ddw_error *err)
{
	uint64_t last;
	int ret;

	if (unmapped != NULL)
		*unmapped = 0;
	ret = ddw_space_lock(space, err);
	if (ret != 0)
		return ret;
	if (!space->windows_open)
		ret = ddw_fail_no_window(err);
	else if (len == 0 || !ddw_add(vaddr, len - 1, &last) ||
		 !ddw_is_aligned(vaddr | len, ddw_smallest_page(space)))
		ret = ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
			       "%" PRIu64 " bytes at 0x%" PRIx64 " are not a range of whole IOMMU "
			       "pages",
			       len, vaddr);
	else
		ret = unmap_locked(space, vaddr, len, unmapped, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

/* Does the ledger know of memory that the group still reaches? */
static bool
group_still_maps(struct ddw_space *space, unsigned int i)
{
	struct extent *e;

	for (e = ddw_ledger_extent_at(&space->ledger, 0); e != NULL; e = ddw_ledger_extent_next(e))
		if (e->groups & group_bit(i))
			return true;
	return false;
}

/*
 * sPAPR v1 would let go of its charge with the container only. But without ENABLE
 * there is no UNMAP: what could not be unmapped now may be later.
 */
static int
disable_v1_group(struct ddw_space *space, unsigned int i, struct ddw_error *err)
{
	struct group *g = &space->groups[i];
	char text[SPACE_RESULT];
	int ret;

	if (!g->enabled || ddw_space_group_gone(space, i) ||
	    (space->windows_open && group_still_maps(space, i)))
		return 0;
	ret = ddw_space_ioctl(space, DDW_OP_DISABLE, g->container_fd, NULL);
	g->enabled = ret != 0;
	if (ret == 0)
		return 0;
	return ddw_fail(err, DDW_MSG_UNMAP_FAILED, ddw_space_errno(ret),
			"%s: sPAPR v1 cannot be disabled, its window still counts as locked "
			"memory: %s",
			g->info.name, ddw_space_result(ret, text, sizeof(text)));
}

int
ddw_space_release(struct ddw_space *space, struct ddw_error *err)
{
	int ret = 0, one;
	unsigned int i;

	/* What a child of fork() knows of is its parent's: forget it. */
	if (ddw_space_lock(space, NULL) != 0) {
		ddw_ranges_close(space);
		return 0;
	}
	if (space->windows_open) {
		ddw_unpin_all(space);
		ret = unmap_locked(space, 0, UINT64_MAX, NULL, err);
	}
	for (i = 0; i < space->n_groups; i++) {
		one = disable_v1_group(space, i, ret == 0 ? err : NULL);
		ret = ret != 0 ? ret : one;
	}
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}
