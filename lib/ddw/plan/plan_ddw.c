/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Choose page, size and table of the dynamic window of each group. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "plan/plan_ddw.h"
#include "plan/tce_table.h"

#define LOW_START (UINT64_C(1) << 31) /* where 32-bit MMIO begins on pSeries, at the lowest */
#define LOW_END	  (UINT64_C(1) << 32) /* end of what 32-bit MMIO may take */
#define MSI_START (UINT64_C(1) << 42) /* where guests of QEMU have their MSI window */

/* A window that starts at bus address 0 loses its first page, see ddw_range_open(). */
static uint64_t
lost_at_zero(const struct ddw_plan *plan)
{
	uint64_t page = UINT64_C(1) << plan->align_shift;

	return plan->align > page ? plan->align : page;
}

/* Bytes of a window that are to hold so much memory: its top is spare, see plan_spare_page(). */
static uint64_t
with_spare(const struct ddw_plan *plan, uint64_t bytes)
{
	uint64_t page = lost_at_zero(plan);

	return plan_add(bytes < page ? page : bytes, PLAN_SPARE_PAGES * page);
}

static uint64_t
less(uint64_t bytes, uint64_t lost)
{
	return bytes < lost ? 0 : bytes - lost;
}

/* Size of a window at 0 that has room for so many bytes, with nothing in its hole. */
static uint64_t
window_size_for(const struct ddw_plan *plan, uint64_t bytes)
{
	uint64_t size = ddw_next_pow2(bytes);

	if (plan->hole_size != 0 && (size == 0 || size > plan->hole_start))
		size = ddw_next_pow2(plan_add(bytes, LOW_END));
	return size;
}

uint64_t
ddw_plan_room_at_zero(const struct ddw_plan *plan, uint64_t size)
{
	uint64_t below = size, above = 0, spare = PLAN_SPARE_PAGES * lost_at_zero(plan);

	if (plan->hole_size != 0 && size > plan->hole_start) {
		below = plan->hole_start;
		above = size > LOW_END ? size - LOW_END : 0;
	}
	if (above != 0)
		above = less(above, spare);
	else
		below = less(below, spare);
	below = less(below, lost_at_zero(plan));
	return below > above ? below : above;
}

bool
ddw_plan_alone(const struct ddw_caps *caps, const struct ddw_plan *plan, uint64_t *size,
	       uint64_t *least)
{
	uint64_t bytes = plan_add(with_spare(plan, plan->start_bytes), lost_at_zero(plan));

	*least = ddw_next_pow2(bytes);
	*size = window_size_for(plan, bytes);
	if (*size < plan->size)
		*size = plan->size;
	if (*size > MSI_START)
		*size = MSI_START;
	return !plan_is_powernv(caps) && *least != 0 && *least <= *size;
}

static int
fail_no_ddw(const struct ddw_plan_group *g, struct ddw_plan_window *win)
{
	int ret;

	if (!g->caps.v1)
		return ddw_fail(&win->error, DDW_MSG_NO_DDW, ENODEV,
				"%s: no dynamic DMA window is offered%s", g->name,
				plan_has_default(&g->caps) ? ""
							   : ", and there is no default window");
	ret = ddw_fail(&win->error, DDW_MSG_NO_DDW, ENODEV,
		       "%s: sPAPR v1 has no dynamic DMA window", g->name);
	ddw_error_why(&win->error, "this process requested v1, or v2 could not be selected");
	ddw_error_fix(&win->error, "omit iommu=v1, use a newer kernel, or allow the default "
				   "window (mode=auto or mode=dma32)");
	return ret;
}

/* Largest page that is offered and none of whose kind is larger than "most". */
static int
choose_page_size(const struct ddw_plan_group *g, uint64_t wish, uint64_t most,
		 struct ddw_plan_window *win)
{
	uint64_t usable = g->caps.pgsizes & (most | (most - 1));
	char text[128], size[DDW_SIZE_TEXT];
	int ret;

	if (!plan_has_ddw(&g->caps))
		return fail_no_ddw(g, win);
	if (wish != 0)
		usable &= wish;
	if (usable == 0) {
		ddw_format_pgsizes(g->caps.pgsizes, text, sizeof(text));
		ret = ddw_fail(&win->error, DDW_MSG_PAGE_NOT_OFFERED, EINVAL,
			       "%s: IOMMU pages of %s are not offered", g->name,
			       ddw_format_size(wish ? wish : most, size));
		ddw_error_fix(&win->error, "choose one of these: %s; or omit page_size", text);
		return ret;
	}
	win->page_shift = ddw_log2(usable);
	return 0;
}

/* Levels of the TCE table, known before the first try. */
static int
choose_table_levels(const struct ddw_plan_group *g, uint64_t size, struct ddw_plan_window *win)
{
	char text[DDW_SIZE_TEXT];

	win->levels = 1;
	if (plan_is_powernv(&g->caps))
		win->levels = ddw_tce_table_levels(&g->caps, plan_asked(size), win->page_shift);
	else if (win->remove_default && size > MSI_START)
		win->levels = 0;
	if (win->levels != 0)
		return 0;
	return ddw_fail(&win->error, DDW_MSG_WINDOW_TOO_LARGE, EINVAL,
			"%s: a window of %s is too large for this platform", g->name,
			ddw_format_size(size, text));
}

/*
 * Is the default window to go? A window can only start at 0 where it was. One that the
 * kernel cannot make must go too: each CREATE makes it first.
 */
static int
decide_default_window(const struct ddw_plan_group *g, bool low, struct ddw_plan_window *win)
{
	int ret;

	win->remove_default = low || g->caps.max_windows == 1 || !plan_has_default(&g->caps);
	if (!low || plan_is_powernv(&g->caps))
		return 0;
	ret = ddw_fail(&win->error, DDW_MSG_PARAM_VALUE, ENOTSUP, "%s: window=low is not supported",
		       g->name);
	ddw_error_why(&win->error, "on pSeries, firmware chooses where a window starts");
	ddw_error_fix(&win->error, "use mode=dma32 for devices with few address bits");
	return ret;
}

static void
plan_group_page(const struct ddw_plan_input *in, unsigned int i, uint64_t smallest,
		struct ddw_plan *plan)
{
	const struct ddw_plan_group *g = &in->groups[i];
	struct ddw_plan_window *win = &plan->windows[i];

	if (choose_page_size(g, in->wishes.page_size, smallest, win) != 0 ||
	    decide_default_window(g, in->wishes.low, win) != 0) {
		plan_refuse(win);
		return;
	}
	win->accepted = true;
	if (win->page_shift > plan->align_shift)
		plan->align_shift = win->page_shift;
}

static void
explain_window(const struct ddw_plan *plan, const struct ddw_plan_wishes *w,
	       const struct ddw_caps *caps, struct ddw_plan_window *win)
{
	char size[DDW_SIZE_TEXT], page[DDW_SIZE_TEXT];

	snprintf(win->reason, sizeof(win->reason),
		 "%s (%s), %s pages (%s), %u level%s, default window %s",
		 ddw_format_size(plan->size, size),
		 w->window_size ? "as requested" : "next power of two above the hugepages",
		 ddw_format_size(UINT64_C(1) << win->page_shift, page),
		 w->page_size ? "as requested" : "largest size that fits all hugepages",
		 win->levels, win->levels == 1 ? "" : "s",
		 !win->remove_default	  ? "kept"
		 : caps->max_windows == 1 ? "removed: the platform has only one"
		 : plan->low		  ? "removed: window=low"
					  : "removed: its size is not a power of two");
}

static void
account_tables(const struct ddw_plan_group *g, uint64_t size, struct ddw_plan_window *win)
{
	win->table_bytes =
		ddw_tce_table_bytes(&g->caps, plan_asked(size), win->page_shift, win->levels);
	if (!win->remove_default)
		win->table_bytes = plan_add(win->table_bytes, ddw_tce_table_default(&g->caps));
}

static void
plan_group_table(const struct ddw_plan_input *in, unsigned int i, struct ddw_plan *plan)
{
	const struct ddw_plan_group *g = &in->groups[i];
	struct ddw_plan_window *win = &plan->windows[i];

	if (choose_table_levels(g, plan->size, win) != 0) {
		plan_refuse(win);
		return;
	}
	if (win->page_shift > plan->align_shift)
		plan->align_shift = win->page_shift;
	account_tables(g, plan->size, win);
	explain_window(plan, &in->wishes, &g->caps, win);
	plan->n_accepted++;
}

/*
 * Where a window that replaces the default one starts is known beforehand with window=low
 * only. Elsewhere it may start at 0: there must be room then, but a smaller one will do if
 * firmware has no such window, and puts it elsewhere.
 */
static int
choose_window_size(const struct ddw_plan_input *in, uint64_t exist, struct ddw_plan *plan,
		   struct ddw_error *err)
{
	uint64_t start = with_spare(plan, plan->start_bytes);
	char text[DDW_SIZE_TEXT], need[DDW_SIZE_TEXT];
	bool alone = false;
	unsigned int i;
	int ret;

	exist = with_spare(plan, exist);
	for (i = 0; i < in->n_groups; i++)
		alone = alone || plan->windows[i].remove_default;
	if (alone) {
		start = plan_add(start, lost_at_zero(plan));
		exist = plan_add(exist, lost_at_zero(plan));
	}

	plan->min_size = plan->low ? window_size_for(plan, start) : ddw_next_pow2(start);
	plan->size = in->wishes.window_size;
	if (plan->size == 0) {
		plan->size = alone ? window_size_for(plan, exist) : ddw_next_pow2(exist);
		if (plan->size == 0)
			return ddw_fail(err, DDW_MSG_WINDOW_TOO_LARGE, ERANGE,
					"the existing hugepages do not fit into any window");
		plan->size = plan_asked(plan->size);
	}
	if (plan->min_size != 0 && plan->size >= plan->min_size)
		return 0;
	if (plan->min_size == 0)
		return ddw_fail(err, DDW_MSG_WINDOW_TOO_LARGE, ERANGE,
				"the memory in use does not fit into any window");
	ddw_format_size(plan->min_size, need);
	ret = ddw_fail(err, DDW_MSG_WINDOW_TOO_SMALL, EINVAL,
		       "a window of %s cannot hold the memory in use and the pages of the window "
		       "that stay empty",
		       ddw_format_size(plan->size, text));
	ddw_error_fix(err, "use window_size=%s or more, omit it, or use less memory (-m)", need);
	return ret;
}

/* First bus address of a group's bridge that may be 32-bit MMIO. */
static uint64_t
mmio_start(const struct ddw_caps *caps)
{
	return plan_is_powernv(caps) && caps->dma32_size != 0 ? caps->dma32_size : LOW_START;
}

/*
 * Bus addresses that a window at 0 must leave out, in all groups: where bridges have 32-bit
 * MMIO, a transfer does not reach memory. On PowerNV it begins where the default window
 * ends; on pSeries firmware decides, and "resource" in sysfs has addresses of the CPU.
 */
void
ddw_plan_find_hole(const struct ddw_plan_input *in, struct ddw_plan *plan)
{
	unsigned int i;

	plan->hole_start = LOW_END;
	for (i = 0; i < in->n_groups; i++)
		if (plan->windows[i].accepted && mmio_start(&in->groups[i].caps) < plan->hole_start)
			plan->hole_start = mmio_start(&in->groups[i].caps);
	/* In whole pages of the window. */
	plan->hole_start &= ~((UINT64_C(1) << plan->align_shift) - 1);
	plan->hole_size = LOW_END - plan->hole_start;
}

int
ddw_plan_ddw(const struct ddw_plan_input *in, const struct plan_memory *mem, struct ddw_plan *plan,
	     struct ddw_error *err)
{
	unsigned int i;
	int ret;

	for (i = 0; i < in->n_groups; i++)
		plan_group_page(in, i, mem->smallest, plan);
	ddw_plan_find_hole(in, plan);
	ret = choose_window_size(in, mem->exist, plan, err);
	if (ret != 0)
		return ret;
	plan->align_shift = 0; /* of those that remain */
	for (i = 0; i < in->n_groups; i++)
		if (plan->windows[i].accepted)
			plan_group_table(in, i, plan);
	if (plan->n_accepted > 0)
		return 0;
	*err = plan->windows[0].error;
	return plan->windows[0].error.err;
}

/* A window at 0 leaves out what is 32-bit MMIO below other bridges: is that enough here? */
static int
check_hole(const struct ddw_plan_group *g, const struct ddw_plan *open, struct ddw_plan_window *win)
{
	uint64_t used = open->size < open->hole_start ? open->size : open->hole_start;

	if (!open->low || g->caps.dma32_size >= used)
		return 0;
	return ddw_fail(&win->error, DDW_MSG_RANGE_MISMATCH, ERANGE,
			"%s: bus addresses from 0x%" PRIx32 " up are MMIO here, but memory is "
			"mapped up to 0x%" PRIx64,
			g->name, g->caps.dma32_size, used);
}

int
ddw_plan_join_ddw(const struct ddw_plan_group *g, const struct ddw_plan *open,
		  struct ddw_plan_window *win)
{
	struct ddw_plan_wishes none = { 0 };
	int ret;

	ret = choose_page_size(g, 0, UINT64_C(1) << open->align_shift, win);
	if (ret == 0)
		ret = decide_default_window(g, open->low, win);
	if (ret == 0)
		ret = choose_table_levels(g, open->size, win);
	if (ret == 0)
		ret = check_hole(g, open, win);
	if (ret != 0)
		return ret;
	win->accepted = true;
	account_tables(g, open->size, win);
	explain_window(open, &none, &g->caps, win);
	return 0;
}
