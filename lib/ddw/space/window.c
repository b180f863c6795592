/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Create and remove the DMA windows of one IOMMU group. */

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/tce_table.h"
#include "space/window.h"

/* What a refusal of CREATE means; kernel functions in doc/guides/messages.rst. */
static int
fail_create(struct group *g, int ret, uint64_t size, struct ddw_error *err)
{
	char text[SPACE_RESULT], bytes[DDW_SIZE_TEXT];
	int error;

	ddw_space_result(ret, text, sizeof(text));
	ddw_format_size(size, bytes);
	if (ret == -ENODEV || ret == -EEXIST) {
		error = ddw_fail(err, DDW_MSG_PE_POISONED, ret,
				 "%s: a window of %s was refused: %s", g->info.name, bytes, text);
		return error;
	}
	error = ddw_fail(err, DDW_MSG_CREATE_REFUSED, ddw_space_errno(ret),
			 "%s: a window of %s was refused: %s", g->info.name, bytes, text);
	switch (ret) {
	case -EINVAL:
		ddw_error_why(err, "firmware has no block of bus addresses that large, or does "
				   "not support this page size");
		ddw_error_fix(err, "use less memory, a larger page_size, or fewer hugepages");
		break;
	case -ENOMEM:
		ddw_error_why(err, "the TCE table exceeds the memlock limit, or the kernel has no "
				   "contiguous memory for it");
		ddw_error_fix(err,
			      "raise ulimit -l, use a larger page_size, or start earlier after "
			      "boot");
		break;
	case -ENOSPC:
		ddw_error_why(err, "both window slots of the PE are in use");
		break;
	case -EPERM:
		ddw_error_why(err, "the platform cannot create windows in this container");
		break;
	default:
		ddw_error_why(err, "firmware reported an error; the kernel may have disabled "
				   "dynamic windows for this PE");
		ddw_error_fix(err, "look at the kernel log (dmesg), and reboot before the next "
				   "attempt");
	}
	return error;
}

static int
remove_window(struct ddw_space *space, struct group *g, uint64_t start, struct ddw_error *err)
{
	struct vfio_iommu_spapr_tce_remove remove = { .argsz = sizeof(remove),
						      .start_addr = start };
	char text[SPACE_RESULT];
	int ret;

	ret = ddw_space_ioctl(space, DDW_OP_REMOVE, g->container_fd, &remove);
	if (ret == 0)
		return 0;
	return ddw_fail(err, DDW_MSG_REMOVE_REFUSED, ddw_space_errno(ret),
			"%s: the window at 0x%" PRIx64 " cannot be removed: %s", g->info.name,
			start, ddw_space_result(ret, text, sizeof(text)));
}

/*
 * May CREATE be tried again with half the size? Only after EINVAL, which pSeries
 * returns when its query of firmware shows no block that large, before it asks
 * for a window (spapr_tce_create_table()). The kernel keeps the charge of the
 * failed try, so a finite memlock limit has to be looked at again.
 */
static bool
may_halve_window(struct ddw_space *space, const struct group *g, const struct ddw_plan *plan,
		 const struct ddw_plan_window *win, uint64_t size)
{
	struct ddw_memlock ml;
	uint64_t need;

	if (size / 2 < plan->min_size)
		return false;
	need = ddw_tce_table_bytes(&g->info.caps, size / 2, win->page_shift, win->levels);
	if (!ddw_add(need, plan->start_bytes, &need) ||
	    space->sys->memlock(space->sys->ctx, &ml) != 0)
		return false;
	return ml.unlimited || (ml.used <= ml.limit && need <= ml.limit - ml.used);
}

static void
set_main_window(struct group *g, uint64_t start, uint64_t size, const struct ddw_plan_window *win)
{
	g->info.start = start;
	g->info.size = size;
	g->info.page_shift = win->page_shift;
	g->info.levels = win->levels;
	g->win[DDW_RANGE_MAIN] = (struct window){
		.open = true,
		.start = start,
		.size = size,
		.page_shift = win->page_shift,
	};
}

/* Once per group, but for may_halve_window(). */
static int
create_window(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
	      const struct ddw_plan_window *win, struct ddw_error *err)
{
	struct vfio_iommu_spapr_tce_create c;
	uint64_t size = plan->size, end;
	int ret;

	for (;;) {
		memset(&c, 0, sizeof(c));
		c.argsz = sizeof(c);
		c.page_shift = win->page_shift;
		c.window_size = size;
		c.levels = win->levels;
		ret = ddw_space_ioctl(space, DDW_OP_CREATE, g->container_fd, &c);
		if (ret != -EINVAL || !may_halve_window(space, g, plan, win, size))
			break;
		size /= 2;
	}
	/* It comes first, whatever becomes of the other: tce_iommu_ioctl(). */
	g->default_made = !g->default_gone;
	if (ret != 0)
		return fail_create(g, ret, size, err);
	g->created = true; /* also when it is of no use: it has to be removed */
	set_main_window(g, c.start_addr, size, win);
	if (ddw_is_aligned(c.start_addr, UINT64_C(1) << win->page_shift) &&
	    ddw_add(c.start_addr, size - 1, &end))
		return 0;
	g->win[DDW_RANGE_MAIN].open = false;
	return ddw_fail(err, DDW_MSG_CREATE_REFUSED, ERANGE,
			"%s: the window starts at 0x%" PRIx64 ", which is not a multiple of its "
			"page size",
			g->info.name, (uint64_t)c.start_addr);
}

static int
open_dynamic_window(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
		    const struct ddw_plan_window *win, struct ddw_error *err)
{
	int ret;

	g->info.planned = plan->size;
	g->info.default_kept = true;
	if (win->remove_default) {
		ret = remove_window(space, g, 0, err);
		if (ret != 0)
			return ret;
		g->info.default_kept = false;
		g->default_gone = true;
	}
	return create_window(space, g, plan, win, err);
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

/* A default window that was removed comes back by asking for one like it. */
static int
restore_default_window(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	struct vfio_iommu_spapr_tce_create c;
	int ret;

	memset(&c, 0, sizeof(c));
	c.argsz = sizeof(c);
	c.page_shift = DEFAULT_WINDOW_SHIFT;
	c.window_size = g->info.caps.dma32_size;
	c.levels = 1;
	ret = ddw_space_ioctl(space, DDW_OP_CREATE, g->container_fd, &c);
	if (ret != 0)
		return fail_default_window(g, ret, err);
	if (c.start_addr != g->info.caps.dma32_start)
		return fail_default_window(g, -ERANGE, err);
	g->default_gone = false;
	return 0;
}

static int
open_default_window(struct ddw_space *space, struct group *g, const struct ddw_plan_window *win,
		    struct ddw_error *err)
{
	int ret = 0, undo = 0;

	if (g->created) {
		ret = remove_window(space, g, g->info.start, err);
		if (ret != 0)
			return ret;
		g->created = false;
	}
	if (g->default_gone) {
		ret = restore_default_window(space, g, err);
		if (ret != 0)
			return ret;
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
	set_main_window(g, g->info.caps.dma32_start, g->info.caps.dma32_size, win);
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
