/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Add a group, or bring one back, while the windows are open. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "space/attach.h"
#include "space/map.h"
#include "space/register.h"
#include "space/shared_ranges.h"
#include "space/window.h"

static bool
window_contains(const struct window *w, const struct range *r)
{
	return w->open && r->start >= w->start && r->start - w->start < w->size &&
	       r->size <= w->size - (r->start - w->start) && w->page_shift <= r->page_shift;
}

/* Is the range open, and anything mapped in it? */
static bool
is_range_used(struct ddw_space *space, const struct range *r)
{
	struct extent *e;

	for (e = ddw_ledger_extent_at(&space->ledger, 0); e != NULL; e = ddw_ledger_extent_next(e))
		if (ddw_range_contains(r, e->iova, 1))
			return true;
	return false;
}

/*
 * Its windows must contain the ranges that are in use. At start the range of small pages is
 * given up for a group that has none: later, too, as long as it is empty.
 */
static int
check_group_ranges(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	const struct range *main = &space->ranges[DDW_RANGE_MAIN];
	const struct range *small = &space->ranges[DDW_RANGE_SMALL];
	const struct window *w = &g->win[DDW_RANGE_MAIN];

	if (!window_contains(w, main))
		return ddw_fail(err, DDW_MSG_RANGE_MISMATCH, ERANGE,
				"%s: the window is at 0x%" PRIx64 ", %" PRIu64 " MiB, but memory "
				"is mapped at 0x%" PRIx64 ", %" PRIu64 " MiB",
				g->info.name, w->start, w->size >> 20, main->start,
				main->size >> 20);
	if (!small->open)
		return 0;
	if (g->info.default_kept)
		ddw_window_open_small(g);
	w = &g->win[DDW_RANGE_SMALL];
	if (window_contains(w, small))
		return 0;
	g->win[DDW_RANGE_SMALL].open = false;
	if (!is_range_used(space, small))
		return 0;
	return ddw_fail(err, DDW_MSG_RANGE_MISMATCH, ERANGE,
			"%s: it has no default window at 0x%" PRIx64 ", %" PRIu64 " MiB, but "
			"memory of small pages is mapped there",
			g->info.name, small->start, small->size >> 20);
}

/* Is there another group whose container has the memory? */
static bool
is_memory_registered(struct ddw_space *space)
{
	unsigned int i;

	for (i = 0; i < space->n_groups; i++)
		if (space->groups[i].info.usable && !space->groups[i].info.caps.v1 &&
		    !ddw_space_group_gone(space, i))
			return true;
	return false;
}

/*
 * The kernel keeps the charge of a table that it could not make, so the limit is looked at
 * first. What other groups have registered counts once. If the limit cannot be read, the
 * kernel decides.
 */
static int
check_limit(struct ddw_space *space, const struct group *g, const struct ddw_plan_window *win,
	    struct ddw_error *err)
{
	struct plan_locked sum = { .tables = win->table_bytes };
	struct ddw_memlock ml;
	struct region *r;

	if (space->sys->memlock(space->sys->ctx, &ml) != 0)
		return 0;
	if (g->info.caps.v1)
		sum.windows = g->info.caps.dma32_size;
	else if (!is_memory_registered(space))
		for (r = ddw_ledger_region_at(&space->ledger, 0); r != NULL;
		     r = ddw_ledger_region_next(r))
			if (!r->quarantined || r->held)
				sum.memory += r->size;
	return ddw_plan_check_memlock(&ml, &sum, err);
}

static int
reopen_window(struct ddw_space *space, struct group *g, struct ddw_error *err)
{
	struct ddw_plan_group planned = { .number = g->info.number, .caps = g->info.caps };
	struct ddw_plan_window win;
	int ret;

	memcpy(planned.name, g->info.name, sizeof(planned.name));
	ret = ddw_plan_join(&planned, &space->plan, &win);
	if (ret != 0) {
		if (err != NULL)
			*err = win.error;
		return ret;
	}
	ret = check_limit(space, g, &win, err);
	if (ret == 0)
		ret = ddw_window_open(space, g, &space->plan, &win, err);
	return ret == 0 ? check_group_ranges(space, g, err) : ret;
}

static int
register_all_regions(struct ddw_space *space, unsigned int i, struct ddw_error *err)
{
	struct region *r;
	int ret;

	for (r = ddw_ledger_region_at(&space->ledger, 0); r != NULL;
	     r = ddw_ledger_region_next(r)) {
		/* What is held is still the memory that was registered. */
		if (r->quarantined && !r->held)
			continue;
		ret = ddw_register_region(space, i, r, err);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/* Every page at the bus address that it has in the other groups, or had in this one. */
static int
map_all_extents(struct ddw_space *space, unsigned int i, struct ddw_error *err)
{
	char text[SPACE_RESULT];
	struct extent *e;
	uint64_t done;
	int ret;

	for (e = ddw_ledger_extent_at(&space->ledger, 0); e != NULL;
	     e = ddw_ledger_extent_next(e)) {
		if (e->quarantined)
			continue;
		ret = ddw_tce_map(space, i, e->vaddr, e->iova, e->len, &done);
		if (ret != 0)
			return ddw_fail(err, DDW_MSG_MAP_FAILED, ddw_space_errno(ret),
					"%s: %" PRIu64 " bytes at 0x%" PRIx64
					" cannot be mapped again at bus address 0x%" PRIx64 ": %s",
					space->groups[i].info.name, e->len, e->vaddr, e->iova,
					ddw_space_result(ret, text, sizeof(text)));
		e->groups |= group_bit(i);
	}
	return 0;
}

/*
 * The entry of a group that was here before, or a new one; in a full table that of a group which
 * is gone: nothing in the ledger is its any more. n_groups is not changed.
 */
static int
find_group_slot(const struct ddw_space *space, int number, const char *name, struct ddw_error *err)
{
	int gone = -1;
	unsigned int i;

	for (i = 0; i < space->n_groups; i++) {
		if (gone < 0 && !space->groups[i].info.usable)
			gone = (int)i;
		if (space->groups[i].info.number != number)
			continue;
		if (space->groups[i].info.usable)
			return ddw_fail(err, DDW_MSG_GROUP_BUSY, EEXIST, "%s is already attached",
					name);
		return (int)i;
	}
	if (i == DDW_MAX_GROUPS && gone >= 0)
		return gone;
	if (i == DDW_MAX_GROUPS)
		return ddw_fail(err, DDW_MSG_GROUP_LIMIT, ENOSPC, "%s cannot be added", name);
	return (int)i;
}

static int
join_group_locked(struct ddw_space *space, unsigned int i, struct ddw_error *err)
{
	struct group *g = &space->groups[i];
	int ret;

	ret = ddw_attach_group(space, g, err);
	if (ret != 0)
		return ret;
	ret = reopen_window(space, g, err);
	if (ret == 0)
		ret = register_all_regions(space, i, err);
	if (ret == 0)
		ret = map_all_extents(space, i, err);
	if (ret == 0) {
		g->info.usable = true;
		if (!g->win[DDW_RANGE_SMALL].open)
			ddw_ranges_close_small(space);
		return 0;
	}
	/* With the container goes all that was made in it. */
	ddw_detach_group(space, g, err);
	ddw_space_forget_group(space, i);
	return ret;
}

int
ddw_space_join(struct ddw_space *space, int number, const char *name, int container_fd,
	       int group_fd, struct ddw_error *err)
{
	struct group *g;
	int i, ret;

	ret = ddw_space_lock(space, err);
	if (ret != 0)
		return ret;
	ret = i = space->windows_open ? find_group_slot(space, number, name, err)
				      : ddw_fail_no_window(err);
	if (i < 0)
		goto out;
	g = &space->groups[i];
	if ((unsigned int)i == space->n_groups)
		space->n_groups++;
	/* Nothing of what an earlier container had is there any more. */
	ddw_space_forget_group(space, (unsigned int)i);
	memset(g, 0, sizeof(*g));
	g->info.number = number;
	snprintf(g->info.name, sizeof(g->info.name), "%s", name);
	g->container_fd = container_fd;
	g->group_fd = group_fd;
	ret = join_group_locked(space, (unsigned int)i, err);
	if (ret == 0)
		ret = i;
out:
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}
