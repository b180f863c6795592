/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Set up the ranges of bus addresses that the windows of all groups share. */

#include <errno.h>
#include <string.h>

#include "plan/common_range.h"
#include "plan/plan.h"
#include "space/shared_ranges.h"
#include "space/window.h"

/* Smallest default window that is worth a range of its own. */
#define SMALL_RANGE_MIN (UINT64_C(1) << 20)

/* Cut a range to whole pages. */
static void
trim_to_pages(struct iova_span *r, unsigned int page_shift)
{
	uint64_t page = UINT64_C(1) << page_shift, start;

	if (!ddw_align_up(r->start, page, &start) || start - r->start >= r->size) {
		r->size = 0;
		return;
	}
	r->size = (r->size - (start - r->start)) & ~(page - 1);
	r->start = start;
}

/* A device of few address bits drops the others: where poison is for it stays empty, too. */
static int
leave_out_narrow_poison(struct ddw_space *space)
{
	const struct range *main = &space->ranges[DDW_RANGE_MAIN];

	return ddw_range_leave_out(&space->ranges[DDW_RANGE_SMALL], main->poison & UINT32_MAX,
				   main->start + main->size - main->poison);
}

/* Open a range for small pages, if all usable groups have a default window. */
static int
open_small_range(struct ddw_space *space)
{
	struct iova_span ranges[DDW_MAX_GROUPS] = { { 0 } }, common;
	struct range *small = &space->ranges[DDW_RANGE_SMALL];
	uint64_t usable = ddw_space_usable(space);
	unsigned int i;
	int ret;

	if (usable == 0)
		return 0;
	for (i = 0; i < space->n_groups; i++) {
		const struct ddw_group_info *g = &space->groups[i].info;

		if (!g->usable)
			continue;
		if (!g->default_kept)
			return 0;
		ranges[i] = (struct iova_span){ g->caps.dma32_start, g->caps.dma32_size };
	}
	if (ddw_common_range(ranges, space->n_groups, SMALL_RANGE_MIN, &common) != usable)
		return 0;
	for (i = 0; i < space->n_groups; i++)
		if (space->groups[i].info.usable)
			ddw_window_open_small(&space->groups[i]);
	ret = ddw_range_open(small, &common, DEFAULT_WINDOW_SHIFT, true);
	return ret == 0 ? leave_out_narrow_poison(space) : ret;
}

/* The largest page of the usable groups. */
unsigned int
ddw_ranges_largest_page(const struct ddw_space *space)
{
	unsigned int i, shift = 0;

	for (i = 0; i < space->n_groups; i++)
		if (space->groups[i].info.usable && space->groups[i].info.page_shift > shift)
			shift = space->groups[i].info.page_shift;
	return shift;
}

/* The largest window of the usable groups: what a group that comes later asks for. */
uint64_t
ddw_ranges_largest_window(const struct ddw_space *space)
{
	uint64_t size = 0;
	unsigned int i;

	for (i = 0; i < space->n_groups; i++)
		if (space->groups[i].info.usable && space->groups[i].info.size > size)
			size = space->groups[i].info.size;
	return size;
}

/* Set up the allocators and the ledger for the common ranges. */
int
ddw_ranges_start(struct ddw_space *space, struct iova_span *common, unsigned int shift)
{
	struct range *main = &space->ranges[DDW_RANGE_MAIN];
	int ret;

	common->size = plan_end_at_hole(&space->plan, common->start, common->size);
	trim_to_pages(common, shift);
	ret = ddw_range_open(main, common, shift, space->plan.mode == DDW_MODE_DMA32);
	if (ret == 0 && main->start == 0)
		ret = ddw_range_leave_out(main, space->plan.hole_start, space->plan.hole_size);
	if (ret == 0)
		ret = ddw_range_spare_top(main, space->plan.align);
	if (ret == 0 && space->plan.mode == DDW_MODE_DDW)
		ret = open_small_range(space);
	if (ret != 0)
		return ret;
	ddw_ledger_init(&space->ledger);
	return 0;
}

void
ddw_ranges_close_small(struct ddw_space *space)
{
	unsigned int i;

	ddw_range_close(&space->ranges[DDW_RANGE_SMALL]);
	for (i = 0; i < space->n_groups; i++)
		space->groups[i].win[DDW_RANGE_SMALL].open = false;
}

/* Give up what ddw_ranges_start() made, but for the windows themselves. */
void
ddw_ranges_close(struct ddw_space *space)
{
	unsigned int i;

	ddw_range_close(&space->ranges[DDW_RANGE_MAIN]);
	ddw_ranges_close_small(space);
	for (i = 0; i < space->n_groups; i++)
		space->groups[i].info.usable = false;
	ddw_ledger_fini(&space->ledger);
	space->windows_open = false;
}
