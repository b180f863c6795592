/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Map memory in all groups, or in none. */

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>

#include "ddw_units.h"
#include "space/iova_select.h"
#include "space/map.h"
#include "space/pin.h"
#include "space/register.h"
#include "space/unmap.h"

int
ddw_tce_map(struct ddw_space *space, unsigned int i, uint64_t vaddr, uint64_t iova, uint64_t len,
	    uint64_t *done)
{
	const struct group *g = &space->groups[i];
	const struct window *w = &g->win[ddw_range_of(space, iova)];
	uint64_t chunk = MAP_PAGES_MAX << w->page_shift;
	int ret;

	*done = 0;
	if (!ddw_window_holds(w, iova, len))
		return -ERANGE;
	while (*done < len) {
		struct vfio_iommu_type1_dma_map map = {
			.argsz = sizeof(map),
			.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
			.vaddr = vaddr + *done,
			.iova = iova + *done,
			.size = len - *done < chunk ? len - *done : chunk,
		};

		ret = ddw_space_ioctl(space, DDW_OP_MAP, g->container_fd, &map);
		if (ret != 0)
			return ret;
		*done += map.size;
	}
	return 0;
}

/*
 * Take back a MAP that failed half way. The kernel may have lost count of a
 * region then and keep its pages permanently, so the memory is not trusted again.
 * Returns the groups that may still reach some of it.
 */
static uint64_t
undo_failed_map(struct ddw_space *space, uint64_t vaddr, uint64_t iova, uint64_t len,
		unsigned int failed, uint64_t done)
{
	uint64_t set = ddw_space_usable(space), last = vaddr + (len - 1), dirty = 0;
	struct region *r;
	unsigned int i;
	uint64_t part;

	for (i = 0; i <= failed; i++) {
		part = i == failed ? done : len;
		if ((set & group_bit(i)) && part != 0 && ddw_tce_unmap(space, i, iova, part) != 0)
			dirty |= group_bit(i);
	}
	/* A MAP that failed has taken itself back. To ask for that once more does no harm. */
	part = MAP_PAGES_MAX << space->groups[failed].win[ddw_range_of(space, iova)].page_shift;
	if (done < len)
		(void)ddw_tce_unmap(space, failed, iova + done,
				    len - done < part ? len - done : part);
	for (r = ddw_ledger_region_at(&space->ledger, vaddr); r != NULL && r->vaddr <= last;
	     r = ddw_ledger_region_next(r))
		r->quarantined = r->quarantined || r->groups != 0; /* sPAPR v1 registers nothing */
	return dirty;
}

static int
fail_map(struct ddw_space *space, unsigned int i, const struct extent *e, uint64_t done, int ret,
	 struct ddw_error *err)
{
	char text[SPACE_RESULT];

	return ddw_fail(err, DDW_MSG_MAP_FAILED, ddw_space_errno(ret),
			"%s: %" PRIu64 " bytes at 0x%" PRIx64 " cannot be mapped at bus address "
			"0x%" PRIx64 ": %s",
			space->groups[i].info.name, e->len - done, e->vaddr + done, e->iova + done,
			ddw_space_result(ret, text, sizeof(text)));
}

/*
 * Map in all groups, at bus addresses that were reserved before. The caller
 * releases them after a failure, unless *kept says that a group still uses them.
 */
static int
map_in_all_groups(struct ddw_space *space, struct extent *e, bool *kept, struct ddw_error *err)
{
	uint64_t set = ddw_space_usable(space), done;
	unsigned int i;
	int ret;

	*kept = false;
	e->groups = set;
	for (i = 0; i < space->n_groups; i++) {
		if (!(set & group_bit(i)))
			continue;
		ret = ddw_tce_map(space, i, e->vaddr, e->iova, e->len, &done);
		if (ret == 0)
			continue;
		if (ddw_space_group_left(space, i, DDW_OP_MAP)) {
			e->groups &= ~group_bit(i);
			continue;
		}
		(void)fail_map(space, i, e, done, ret, err);
		/* What is still mapped stays in the ledger, and keeps its addresses. */
		e->groups = undo_failed_map(space, e->vaddr, e->iova, e->len, i, done);
		*kept = e->quarantined = e->groups != 0;
		if (*kept)
			ddw_ledger_add_extent(&space->ledger, e);
		return ddw_space_errno(ret);
	}
	/* Without a group only the addresses are kept: ddw_space_join() maps there later. */
	ddw_ledger_add_extent(&space->ledger, e);
	return 0;
}

/* What is registered already, and what must not be. */
static int
check_registered(struct ddw_space *space, const struct ddw_mapping *m, uint64_t page,
		 struct ddw_error *err)
{
	if (m->flags & DDW_MAP_PINNED)
		return ddw_check_pinned(space, m->vaddr, m->len, page, err);
	return ddw_check_unregistered(space, m->vaddr, m->len, err);
}

/* Is it a mapping that can be made, wherever in its range? No memory, if vaddr is 0. */
static int
check_mapping(struct ddw_space *space, struct ddw_mapping *m, struct range **r,
	      struct ddw_error *err)
{
	uint64_t page;
	int ret;

	if (!space->windows_open)
		return ddw_fail_no_window(err);
	ret = ddw_select_range(space, m, r, err);
	if (ret != 0)
		return ret;
	page = UINT64_C(1) << (*r)->page_shift;
	ret = ddw_check_memory(space, m->vaddr, m->len, page, err);
	if (ret != 0)
		return ret;
	m->piece = m->piece == 0 ? m->len : m->piece;
	if (!ddw_is_aligned(m->piece, page))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"pieces of %" PRIu64 " bytes are not multiples of the IOMMU page",
				m->piece);
	if (m->page_size != 0 && !ddw_is_pow2(m->page_size))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"page size %" PRIu64 " is not a power of two", m->page_size);
	return m->vaddr == 0 ? 0 : check_registered(space, m, page, err);
}

int
ddw_space_fits(struct ddw_space *space, const struct ddw_mapping *m, struct ddw_error *err)
{
	struct ddw_mapping wanted = *m;
	struct range *r = &space->ranges[DDW_RANGE_MAIN];
	int ret;

	ret = ddw_space_lock(space, err);
	if (ret != 0)
		return ret;
	ret = check_mapping(space, &wanted, &r, err);
	if (ret == 0)
		ret = ddw_find_iova(space, r, &wanted, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

int
ddw_space_reserve_memory(struct ddw_space *space, struct ddw_mapping *m, struct ddw_error *err)
{
	struct range *r = &space->ranges[DDW_RANGE_MAIN];
	int ret;

	ret = ddw_space_lock(space, err);
	if (ret != 0)
		return ret;
	ret = check_mapping(space, m, &r, err);
	if (ret == 0)
		ret = ddw_select_iova(space, r, m, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

/* Make room in the ledger for a mapping that has its bus addresses. */
static int
extend_ledger(struct ddw_space *space, const struct ddw_mapping *m, const struct range *r,
	      struct ddw_error *err)
{
	uint64_t regions = (m->flags & DDW_MAP_PINNED) ? 0 : (m->len - 1) / m->piece + 1;

	if (ddw_ledger_reserve(&space->ledger, m->len >> r->page_shift, regions) == 0)
		return 0;
	return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot extend the ledger");
}

/* Is something mapped at some of these bus addresses? Slow: for mistakes of the caller. */
static bool
iova_in_use(struct ddw_space *space, uint64_t iova, uint64_t len)
{
	struct extent *e;

	for (e = ddw_ledger_extent_at(&space->ledger, 0); e != NULL; e = ddw_ledger_extent_next(e))
		if (e->iova < iova ? iova - e->iova < e->len : e->iova - iova < len)
			return true;
	return false;
}

static int
map_locked(struct ddw_space *space, struct ddw_mapping *m, struct ddw_error *err)
{
	struct extent e;
	struct range *taken = &space->ranges[ddw_range_of(space, m->iova)], *r = taken;
	bool kept = false, pinned = (m->flags & DDW_MAP_PINNED) != 0;
	int ret;

	ret = check_mapping(space, m, &r, err);
	/* The caller had taken them, unless he maps the same twice. */
	if (ret != 0 && (m->flags & DDW_MAP_RESERVED) && !iova_in_use(space, m->iova, m->len))
		(void)ddw_iova_free(&taken->iova, m->iova, m->len);
	if (ret == 0)
		ret = ddw_select_iova(space, r, m, err);
	if (ret != 0)
		return ret;
	ret = extend_ledger(space, m, r, err);
	e = (struct extent){
		.vaddr = m->vaddr,
		.len = m->len,
		.iova = m->iova,
		.page_shift = r->page_shift,
	};
	if (ret == 0 && !pinned)
		ret = ddw_register_memory(space, m->vaddr, m->len, m->piece, err);
	if (ret == 0)
		ret = map_in_all_groups(space, &e, &kept, err);
	if (ret == 0)
		return 0;
	if (!kept)
		(void)ddw_iova_free(&r->iova, m->iova, m->len); /* they were taken */
	/* The first error is the one to tell. Memory that is held stays. */
	(void)ddw_unregister_unused(space, m->vaddr, m->len, NULL);
	return ret;
}

int
ddw_space_map_memory(struct ddw_space *space, struct ddw_mapping *m, struct ddw_error *err)
{
	int ret;

	ret = ddw_space_lock(space, err);
	if (ret != 0)
		return ret;
	ret = map_locked(space, m, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

int
ddw_space_map(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece, uint64_t *iova,
	      struct ddw_error *err)
{
	struct ddw_mapping m = { .vaddr = vaddr, .len = len, .piece = piece };
	int ret = ddw_space_map_memory(space, &m, err);

	if (ret == 0)
		*iova = m.iova;
	return ret;
}
