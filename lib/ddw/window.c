/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

#include "ddw_units.h"
#include "space.h"

/* Where poison goes when the window itself starts at 0: far above any window there. */
#define POISON_ABOVE_LOW_WINDOW (UINT64_C(1) << 50)

/* What a refusal of CREATE means; kernel functions in doc/messages.md. */
static int
fail_create(struct group *g, int ret, uint64_t size, struct ddw_error *err)
{
	char text[SPACE_RESULT], bytes[DDW_SIZE_TEXT];
	int error;

	space_result(ret, text, sizeof(text));
	ddw_format_size(size, bytes);
	if (ret == -ENODEV || ret == -EEXIST) {
		error = ddw_fail(err, DDW_MSG_PE_POISONED, ret,
				 "%s: a window of %s was refused: %s", g->info.name, bytes, text);
		return error;
	}
	error = ddw_fail(err, DDW_MSG_CREATE_REFUSED, space_errno(ret),
			 "%s: a window of %s was refused: %s", g->info.name, bytes, text);
	switch (ret) {
	case -EINVAL:
		ddw_error_why(err, "firmware has no block of bus addresses that large, or does not "
				   "take this page size");
		ddw_error_fix(err, "use less memory, a larger page_size, or fewer hugepages");
		break;
	case -ENOMEM:
		ddw_error_why(err,
			      "the TCE table does not fit the memlock limit, or the kernel has "
			      "no contiguous memory for it");
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
		ddw_error_why(err, "firmware returned an error of its own; the PE may be disabled "
				   "for dynamic windows from now on");
		ddw_error_fix(err, "look at the kernel log (dmesg); a reboot is needed before the "
				   "next attempt");
	}
	return error;
}

static int
remove_default(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	struct vfio_iommu_spapr_tce_remove remove = { .argsz = sizeof(remove), .start_addr = 0 };
	char text[SPACE_RESULT];
	int ret;

	ret = space_ioctl(space, DDW_OP_REMOVE, g->container_fd, &remove);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_REMOVE_REFUSED, space_errno(ret),
				"%s: the default window cannot be removed: %s", g->info.name,
				space_result(ret, text, sizeof(text)));
	g->info.default_kept = false;
	return 0;
}

/*
 * May CREATE be tried again with half the size? Only after EINVAL, which pSeries
 * returns when its query of firmware shows no block that large, before it asks
 * for a window (spapr_tce_create_table()). The kernel keeps the charge of the
 * failed try, so a finite memlock limit has to be looked at again.
 */
static bool
may_halve(struct ddw_space *space, const struct group *g, const struct ddw_plan *plan,
	  const struct ddw_plan_window *win, uint64_t size)
{
	struct ddw_memlock ml;
	uint64_t need;

	if (size / 2 < plan->min_size)
		return false;
	need = ddw_plan_table_bytes(&g->info.caps, size / 2, win->page_shift, win->levels);
	if (!ddw_add(need, plan->start_bytes, &need) ||
	    space->sys->memlock(space->sys->ctx, &ml) != 0)
		return false;
	return ml.unlimited || (ml.used <= ml.limit && need <= ml.limit - ml.used);
}

/* Once per group, but for may_halve(). */
static int
create(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
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
		ret = space_ioctl(space, DDW_OP_CREATE, g->container_fd, &c);
		if (ret != -EINVAL || !may_halve(space, g, plan, win, size))
			break;
		size /= 2;
	}
	if (ret != 0)
		return fail_create(g, ret, size, err);
	if (!ddw_is_aligned(c.start_addr, UINT64_C(1) << win->page_shift) ||
	    !ddw_add(c.start_addr, size - 1, &end))
		return ddw_fail(err, DDW_MSG_CREATE_REFUSED, ERANGE,
				"%s: the window starts at 0x%" PRIx64 ", which is no multiple of "
				"its page",
				g->info.name, (uint64_t)c.start_addr);

	g->info.start = c.start_addr;
	g->info.size = size;
	g->info.page_shift = win->page_shift;
	g->info.levels = win->levels;
	return 0;
}

/* The first window decides where all of them start: a page has one bus address. */
static int
join_range(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	if (space->size == 0) {
		space->start = g->info.start;
		space->size = g->info.size;
		return 0;
	}
	if (g->info.start != space->start)
		return ddw_fail(err, DDW_MSG_RANGE_MISMATCH, ERANGE,
				"%s: its window starts at 0x%" PRIx64
				", those of the other groups at 0x%" PRIx64,
				g->info.name, g->info.start, space->start);
	if (g->info.size < space->size)
		space->size = g->info.size;
	return 0;
}

static int
open_one(struct ddw_space *space, struct group *g, const struct ddw_plan *plan,
	 const struct ddw_plan_window *win, struct ddw_error *err)
{
	int ret;

	g->info.default_kept = true;
	if (win->remove_default) {
		ret = remove_default(space, g, err);
		if (ret != 0)
			return ret;
	}
	ret = create(space, g, plan, win, err);
	if (ret != 0)
		return ret;
	ret = join_range(space, g, err);
	if (ret != 0)
		return ret;
	g->info.usable = true;
	if (win->page_shift > space->page_shift)
		space->page_shift = win->page_shift;
	return 0;
}

/* First bus address above all windows, which may differ in size. */
static uint64_t
windows_end(const struct ddw_space *space)
{
	uint64_t end = 0;
	unsigned int i;

	for (i = 0; i < space->n_groups; i++) {
		const struct ddw_group_info *g = &space->groups[i].info;

		if (g->usable && g->start + g->size > end)
			end = g->start + g->size;
	}
	return end;
}

/* Set up the allocator and the ledger for the common range. */
static int
start_layout(struct ddw_space *space)
{
	uint64_t page = UINT64_C(1) << space->page_shift;
	int ret;

	ret = ddw_iova_init(&space->iova, space->start, space->size, space->page_shift);
	if (ret != 0)
		return ret;
	ledger_init(&space->ledger);
	space->poison = windows_end(space);
	if (space->start == 0) {
		/*
		 * Leave the first page out: drivers take address 0 for none, and a MAP
		 * that fails there hangs POWER8 (pnv_pci_phb3_tce_invalidate()).
		 */
		ret = ddw_iova_alloc_at(&space->iova, 0, page);
		/* Not 0 in the low bits either: a narrow device drops the others. */
		space->poison |= POISON_ABOVE_LOW_WINDOW;
	}
	return ret;
}

/* Without a layout no window is of use. */
static int
give_up(struct ddw_space *space, int ret, struct ddw_error *errors)
{
	unsigned int i;

	for (i = 0; i < space->n_groups; i++) {
		struct group *g = &space->groups[i];

		if (g->info.usable && errors != NULL)
			(void)ddw_fail(&errors[i], DDW_MSG_NO_MEMORY, ret,
				       "%s: cannot set up its bus addresses", g->info.name);
		g->info.usable = false;
	}
	return ret;
}

int
ddw_space_open_windows(struct ddw_space *space, const struct ddw_plan *plan,
		       struct ddw_error *errors)
{
	int usable = 0, first = -ENODEV, ret;
	unsigned int i;

	(void)pthread_mutex_lock(&space->lock);
	if (space->windows_open) {
		(void)pthread_mutex_unlock(&space->lock);
		return -EALREADY;
	}
	for (i = 0; i < space->n_groups; i++) {
		struct ddw_error *err = errors == NULL ? NULL : &errors[i];
		const struct ddw_plan_window *win = &plan->windows[i];

		ddw_error_clear(err);
		if (win->accepted) {
			ret = open_one(space, &space->groups[i], plan, win, err);
		} else {
			ret = win->error.err;
			if (err != NULL)
				*err = win->error;
		}
		if (ret == 0)
			usable++;
		else if (first == -ENODEV)
			first = ret;
	}
	ret = usable == 0 ? first : start_layout(space);
	if (ret == 0)
		space->windows_open = true;
	else if (usable != 0)
		ret = give_up(space, ret, errors);
	(void)pthread_mutex_unlock(&space->lock);
	return ret == 0 ? usable : ret;
}
