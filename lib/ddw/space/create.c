/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* CREATE and REMOVE the windows of one IOMMU group. */

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>

#include "plan/plan_ddw.h"
#include "plan/tce_table.h"
#include "space/create.h"

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

int
ddw_remove_window(struct ddw_space *space, struct group *g, uint64_t start, struct ddw_error *err)
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

void
ddw_set_main_window(struct group *g, uint64_t start, uint64_t size,
		    const struct ddw_plan_window *win)
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

int
ddw_restore_default(struct ddw_space *space, struct group *g)
{
	struct vfio_iommu_spapr_tce_create c = {
		.argsz = sizeof(c),
		.page_shift = DEFAULT_WINDOW_SHIFT,
		.window_size = g->info.caps.dma32_size,
		.levels = 1,
	};
	int ret = ddw_space_ioctl(space, DDW_OP_CREATE, g->container_fd, &c);

	if (ret == 0 && c.start_addr != g->info.caps.dma32_start)
		ret = -ERANGE;
	g->default_gone = ret != 0;
	return ret;
}

/*
 * Does the memlock limit allow such a table, and the memory at start? The kernel keeps the
 * charge of a failed try, so it has to be looked at again.
 */
static bool
may_charge(struct ddw_space *space, const struct group *g, const struct ddw_plan *plan,
	   const struct vfio_iommu_spapr_tce_create *c, uint64_t size, unsigned int levels)
{
	struct ddw_memlock ml;
	uint64_t need;

	need = ddw_tce_table_bytes(&g->info.caps, size, c->page_shift, levels);
	if (!ddw_add(need, plan->start_bytes, &need) ||
	    space->sys->memlock(space->sys->ctx, &ml) != 0)
		return false;
	return ml.unlimited || (ml.used <= ml.limit && need <= ml.limit - ml.used);
}

/*
 * CREATE, and again with half the size after EINVAL, which pSeries returns when its query
 * of firmware shows no block that large, before it asks for a window
 * (spapr_tce_create_table()). On PowerNV a table is made of blocks of contiguous memory,
 * which may be short: once with smaller ones after ENOMEM.
 */
static int
create_largest(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
	       struct vfio_iommu_spapr_tce_create *c, uint64_t least)
{
	const struct ddw_caps *caps = &g->info.caps;
	uint64_t half;
	bool again = false;
	int ret;

	for (;;) {
		ret = ddw_space_ioctl(space, DDW_OP_CREATE, g->container_fd, c);
		half = c->window_size / 2;
		if (ret == -EINVAL && half >= least &&
		    may_charge(space, g, plan, c, half, c->levels)) {
			c->window_size = half;
		} else if (ret == -ENOMEM && !again &&
			   ddw_tce_table_more_levels(caps, c->window_size, c->page_shift,
						     c->levels) &&
			   may_charge(space, g, plan, c, c->window_size, c->levels + 1)) {
			c->levels++;
			again = true;
		} else {
			return ret;
		}
	}
}

/*
 * The TCEs of the default window come out of what firmware has reserved for the PE (LoPAR,
 * DMA Window Manipulation Calls). If it has no block beside that window, not even of the
 * smallest size, the window goes, and comes back if that was no help.
 */
static int
create_without_default(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
		       struct vfio_iommu_spapr_tce_create *c, uint64_t *size)
{
	uint64_t least;
	int ret;

	if (!ddw_plan_alone(&g->info.caps, plan, size, &least) ||
	    !may_charge(space, g, plan, c, plan_asked(*size), c->levels) ||
	    ddw_remove_window(space, g, g->info.caps.dma32_start, NULL) != 0)
		return -EINVAL;
	g->default_gone = true;
	c->window_size = plan_asked(*size);
	ret = create_largest(space, g, plan, c, plan_asked(least));
	if (ret != 0)
		(void)ddw_restore_default(space, g); /* the refusal is told */
	g->info.default_kept = !g->default_gone;
	return ret;
}

/* Firmware chooses where a window starts. */
static int
check_start(const struct ddw_space *space, const struct group *g, const struct ddw_plan *plan,
	    struct ddw_error *err)
{
	char bytes[DDW_SIZE_TEXT], room[DDW_SIZE_TEXT];
	uint64_t end, most;
	int ret;

	if (!ddw_is_aligned(g->info.start, UINT64_C(1) << g->info.page_shift) ||
	    !ddw_add(g->info.start, plan_asked(g->info.size) - 1, &end))
		return ddw_fail(err, DDW_MSG_CREATE_REFUSED, ERANGE,
				"%s: the window starts at 0x%" PRIx64 ", which is not a multiple "
				"of its page size",
				g->info.name, g->info.start);
	most = ddw_plan_room_at_zero(plan, g->info.size);
	/* One that comes later is compared with the others, see ddw_space_join(). */
	if (space->windows_open || g->info.start != 0 || plan->start_bytes <= most)
		return 0;
	ret = ddw_fail(err, DDW_MSG_WINDOW_TOO_SMALL, ENOSPC,
		       "%s: %s of hugepages are in use, but the window starts at bus address 0 and "
		       "has room for only %s",
		       g->info.name, ddw_format_size(plan->start_bytes, bytes),
		       ddw_format_size(most, room));
	ddw_error_why(err, "bus addresses from 2G to 4G may be 32-bit MMIO of the bridge");
	ddw_error_fix(err, "use less memory at start (-m), or a larger window_size");
	return ret;
}

int
ddw_create_window(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
		  const struct ddw_plan_window *win, struct ddw_error *err)
{
	struct vfio_iommu_spapr_tce_create c = {
		.argsz = sizeof(c),
		.page_shift = win->page_shift,
		.window_size = plan_asked(plan->size),
		.levels = win->levels,
	};
	uint64_t size = plan->size;
	int ret;

	ret = create_largest(space, g, plan, &c, plan_asked(plan->min_size));
	/* It comes first, whatever becomes of the other: tce_iommu_ioctl(). */
	g->default_made = !g->default_gone;
	if (ret == -EINVAL && !g->default_gone)
		ret = create_without_default(space, g, plan, &c, &size);
	if (ret != 0)
		return fail_create(g, ret, c.window_size, err);

	g->created = true; /* also when it is of no use: it has to be removed */
	ddw_set_main_window(g, c.start_addr, c.window_size < size ? c.window_size : size, win);
	g->info.levels = c.levels;
	ret = check_start(space, g, plan, err);
	g->win[DDW_RANGE_MAIN].open = ret == 0;
	return ret;
}
