/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Plan with the default windows that the platform has made. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "plan/common_range.h"
#include "plan/plan_ddw.h"
#include "plan/plan_dma32.h"
#include "plan/tce_table.h"

/* Bytes of memory that fit: the first page and the top are left out. */
static uint64_t
default_window_room(const struct iova_span *r, uint64_t align)
{
	uint64_t page = plan_spare_page(r->size, DEFAULT_WINDOW_SHIFT, align);
	uint64_t end = (r->start + r->size) & ~(page - 1), first = r->start;

	end -= PLAN_SPARE_PAGES * page < end ? PLAN_SPARE_PAGES * page : end;
	if (first == 0)
		first = 1;
	first = (first + (align - 1)) & ~(align - 1); /* both are far below 64 bits */
	return first < end ? end - first : 0;
}

static int
check_default_window_room(const struct ddw_plan_input *in, struct ddw_plan *plan,
			  struct ddw_error *err)
{
	struct iova_span r = { plan->start, plan->size };
	uint64_t bytes = default_window_room(&r, plan->align);
	int ret;

	(void)in;
	if (plan->start_bytes <= bytes)
		return 0;
	ret = ddw_fail(err, DDW_MSG_WINDOW_TOO_SMALL, EINVAL,
		       "%" PRIu64 " MiB of hugepages are in use, but the default window has room "
		       "for only %" PRIu64 " MiB",
		       plan->start_bytes >> 20, bytes >> 20);
	ddw_error_why(err, "%s",
		      plan->fallback[0] != '\0'
			      ? plan->fallback
			      : "mode=dma32: memory must be below 4 GiB on the bus");
	ddw_error_fix(err, "start with less memory: at most -m %" PRIu64, bytes >> 20);
	return ret;
}

static void
accept_group(const struct ddw_plan_group *g, struct ddw_plan_window *win)
{
	win->accepted = true;
	win->page_shift = DEFAULT_WINDOW_SHIFT;
	win->levels = 1;
	win->table_bytes = ddw_tce_table_default(&g->caps);
	snprintf(win->reason, sizeof(win->reason), "default window, 4K pages, mapped on demand%s",
		 g->caps.v1 ? ", sPAPR v1" : "");
}

static int
refuse_outside_group(const struct ddw_plan_group *g, const struct iova_span *common,
		     struct ddw_plan_window *win)
{
	if (!plan_has_default(&g->caps))
		return ddw_fail(&win->error, DDW_MSG_NO_WINDOW, ENODEV,
				"%s: there is no default window", g->name);
	return ddw_fail(&win->error, DDW_MSG_RANGE_MISMATCH, ERANGE,
			"%s: the default window is at 0x%" PRIx32 ", %" PRIu32 " MiB, those of "
			"the other groups at 0x%" PRIx64 ", %" PRIu64 " MiB",
			g->name, g->caps.dma32_start, g->caps.dma32_size >> 20, common->start,
			common->size >> 20);
}

int
ddw_plan_dma32(const struct ddw_plan_input *in, struct ddw_plan *plan, struct ddw_error *err)
{
	struct iova_span ranges[DDW_MAX_GROUPS], common;
	uint64_t set;
	unsigned int i;

	for (i = 0; i < in->n_groups; i++) {
		const struct ddw_caps *caps = &in->groups[i].caps;

		ranges[i] = (struct iova_span){
			caps->dma32_start,
			plan_has_default(caps) ? caps->dma32_size : 0,
		};
	}
	set = ddw_common_range(ranges, in->n_groups, UINT64_C(1) << DEFAULT_WINDOW_SHIFT, &common);
	for (i = 0; i < in->n_groups; i++) {
		if (set & (UINT64_C(1) << i)) {
			accept_group(&in->groups[i], &plan->windows[i]);
			plan->n_accepted++;
		} else {
			(void)refuse_outside_group(&in->groups[i], &common, &plan->windows[i]);
		}
	}
	if (plan->n_accepted == 0) {
		*err = plan->windows[0].error;
		return plan->windows[0].error.err;
	}
	plan->align_shift = DEFAULT_WINDOW_SHIFT;
	ddw_plan_find_hole(in, plan);
	plan->start = common.start;
	plan->size = plan_end_at_hole(plan, common.start, common.size);
	plan->min_size = plan->size;
	return check_default_window_room(in, plan, err);
}

int
ddw_plan_join_dma32(const struct ddw_plan_group *g, const struct ddw_plan *open,
		    struct ddw_plan_window *win)
{
	struct iova_span common = { open->start, open->size };
	uint64_t rest;

	if (!plan_has_default(&g->caps) || open->start < g->caps.dma32_start ||
	    open->start - g->caps.dma32_start >= g->caps.dma32_size)
		return refuse_outside_group(g, &common, win);
	rest = g->caps.dma32_size - (open->start - g->caps.dma32_start);
	if (rest < open->size)
		return refuse_outside_group(g, &common, win);
	accept_group(g, win);
	return 0;
}
