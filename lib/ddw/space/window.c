/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Open the windows of one IOMMU group. */

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "space/create.h"
#include "space/window.h"

static int
open_dynamic_window(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
		    const struct ddw_plan_window *win, struct ddw_error *err)
{
	int ret;

	g->info.planned = plan->size;
	g->info.default_kept = true;
	if (win->remove_default) {
		ret = ddw_remove_window(space, g, 0, err);
		if (ret != 0)
			return ret;
		g->info.default_kept = false;
		g->default_gone = true;
	}
	return ddw_create_window(space, g, plan, win, err);
}

/* ENABLE, once: sPAPR v1 maps nothing before. */
static int
enable_v1(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	char text[SPACE_RESULT];
	int ret;

	if (g->enabled)
		return 0;
	ret = ddw_space_ioctl(space, DDW_OP_ENABLE, g->container_fd, NULL);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_ENABLE_REFUSED, ddw_space_errno(ret),
				"%s: sPAPR v1 cannot be enabled: %s", g->info.name,
				ddw_space_result(ret, text, sizeof(text)));
	g->enabled = true;
	return 0;
}

/* The first MAP or UNMAP makes the kernel create the default window: unmap an unmapped page. */
static int
touch_default_window(struct ddw_space *space, struct group *g)
{
	struct vfio_iommu_type1_dma_unmap unmap;
	uint64_t page = UINT64_C(1) << DEFAULT_WINDOW_SHIFT;

	memset(&unmap, 0, sizeof(unmap));
	unmap.argsz = sizeof(unmap);
	unmap.iova = g->info.caps.dma32_start + page; /* not at 0, see ddw_range_open() */
	unmap.size = page;
	return ddw_space_ioctl(space, DDW_OP_UNMAP, g->container_fd, &unmap);
}

/* sPAPR v2 unmaps nothing before something is registered: a page of the library's own. */
static int
touch_default_window_v2(struct ddw_space *space, struct group *g, int *undo)
{
	struct vfio_iommu_spapr_register_memory reg = { .argsz = sizeof(reg) };
	const struct ddw_sys *sys = space->sys;
	uint64_t vaddr, size;
	int ret;

	*undo = 0;
	ret = sys->page_get(sys->ctx, &vaddr, &size);
	if (ret != 0)
		return ret;
	reg.vaddr = vaddr;
	reg.size = size;
	ret = ddw_space_ioctl(space, DDW_OP_REGISTER, g->container_fd, &reg);
	if (ret == 0) {
		ret = touch_default_window(space, g);
		*undo = ddw_space_ioctl(space, DDW_OP_UNREGISTER, g->container_fd, &reg);
	}
	/* What the kernel may still hold is not given back. */
	if (*undo == 0)
		sys->page_put(sys->ctx, vaddr, size);
	return ret;
}

bool
ddw_window_has_default(struct ddw_space *space, struct group *g)
{
	uint64_t errors = space->ops[DDW_OP_UNMAP].errors;
	int undo, ret;

	/* What sPAPR v1 has is known after ENABLE, which is not for trying. */
	if (g->info.caps.v1)
		return true;
	ret = touch_default_window_v2(space, g, &undo);
	g->default_made = ret == 0;
	/* "No" is an answer here, not a failure. */
	space->ops[DDW_OP_UNMAP].errors = errors;
	return ret == 0 && undo == 0;
}

static int
fail_default_window(const struct group *g, int ret, struct ddw_error *err)
{
	char text[SPACE_RESULT];

	ddw_space_result(ret, text, sizeof(text));
	if (ret == -ENODEV && plan_has_ddw(&g->info.caps))
		return ddw_fail(err, DDW_MSG_PE_POISONED, ret,
				"%s: the default window was refused: %s", g->info.name, text);
	ret = ddw_fail(err, DDW_MSG_NO_WINDOW, ddw_space_errno(ret),
		       "%s: the default window cannot be used: %s", g->info.name, text);
	if (err != NULL && err->err == -ENODEV)
		ddw_error_why(err, "firmware offers no dynamic windows here, and Linux 6.11 and "
				   "newer then create no default window either; or an earlier "
				   "attempt to create a window failed, and the kernel does not "
				   "retry");
	return ret;
}

static int
open_default_window(struct ddw_space *space, struct group *g, const struct ddw_plan_window *win,
		    struct ddw_error *err)
{
	int ret = 0, undo = 0;

	if (g->created) {
		ret = ddw_remove_window(space, g, g->info.start, err);
		if (ret != 0)
			return ret;
		g->created = false;
	}
	if (g->default_gone) {
		ret = ddw_restore_default(space, g);
		if (ret != 0)
			return fail_default_window(g, ret, err);
	} else {
		if (g->info.caps.v1)
			ret = enable_v1(space, g, err);
		if (ret != 0)
			return ret;
		if (g->info.caps.v1)
			ret = touch_default_window(space, g);
		else
			ret = touch_default_window_v2(space, g, &undo);
		if (ret == 0)
			ret = undo;
		if (ret != 0)
			return fail_default_window(g, ret, err);
	}
	g->default_made = true;
	g->info.planned = g->info.caps.dma32_size;
	g->info.default_kept = true;
	ddw_set_main_window(g, g->info.caps.dma32_start, g->info.caps.dma32_size, win);
	return 0;
}

int
ddw_window_open(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
		const struct ddw_plan_window *win, struct ddw_error *err)
{
	if (plan->mode == DDW_MODE_DDW)
		return open_dynamic_window(space, g, plan, win, err);
	return open_default_window(space, g, win, err);
}

void
ddw_window_open_small(struct group *g)
{
	g->win[DDW_RANGE_SMALL] = (struct window){
		.open = true,
		.start = g->info.caps.dma32_start,
		.size = g->info.caps.dma32_size,
		.page_shift = DEFAULT_WINDOW_SHIFT,
	};
}
