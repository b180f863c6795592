/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Open the windows of all groups as planned, and fall back when that fails. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/common_range.h"
#include "plan/plan.h"
#include "plan/tce_table.h"
#include "space/shared_ranges.h"
#include "space/window.h"

/* What a default window has at least, on both platforms. */
#define EXPECTED_DMA32 (UINT32_C(1) << 30)
/* Where a dynamic window starts beside a default one, on both platforms. */
#define EXPECTED_START (UINT64_C(1) << 59)

/* Bytes that the common range must have: of the default windows that is planned already. */
static uint64_t
min_common_bytes(const struct ddw_plan *plan)
{
	uint64_t page = UINT64_C(1) << plan->align_shift;
	uint64_t bytes = plan->start_bytes > page ? plan->start_bytes : page;

	if (plan->mode == DDW_MODE_DMA32)
		return bytes;
	page = plan->align > page ? plan->align : page;
	return plan_add(bytes, PLAN_SPARE_PAGES * page);
}

/* Memory has one bus address: leave out the groups whose windows do not have it. */
static void
exclude_mismatched_groups(struct ddw_space *space, const struct ddw_plan *plan,
			  struct iova_span *common, struct ddw_error *errors)
{
	struct iova_span ranges[DDW_MAX_GROUPS] = { { 0 } };
	uint64_t set;
	unsigned int i;

	for (i = 0; i < space->n_groups; i++)
		if (space->groups[i].win[DDW_RANGE_MAIN].open)
			ranges[i] = (struct iova_span){ space->groups[i].info.start,
							space->groups[i].info.size };
	set = ddw_common_range(ranges, space->n_groups, min_common_bytes(plan), common);
	for (i = 0; i < space->n_groups; i++) {
		struct group *g = &space->groups[i];

		g->info.usable = (set & group_bit(i)) != 0;
		if (!g->info.usable && g->win[DDW_RANGE_MAIN].open)
			(void)ddw_fail(errors == NULL ? NULL : &errors[i], DDW_MSG_RANGE_MISMATCH,
				       ERANGE,
				       "%s: the window starts at 0x%" PRIx64 ", those of the "
				       "other groups at 0x%" PRIx64,
				       g->info.name, g->info.start, common->start);
		if (!g->info.usable)
			g->win[DDW_RANGE_MAIN].open = false;
	}
}

/* Without a layout no window is of use. */
static int
fail_all_groups(struct ddw_space *space, int ret, struct ddw_error *errors)
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

/* Open the window of every group that the plan accepts. Returns the first failure. */
static int
open_group_windows(struct ddw_space *space, const struct ddw_plan *plan, struct ddw_error *errors)
{
	int first = 0, ret;
	unsigned int i;

	for (i = 0; i < space->n_groups; i++) {
		struct ddw_error *err = errors == NULL ? NULL : &errors[i];
		const struct ddw_plan_window *win = &plan->windows[i];

		ddw_error_clear(err);
		space->groups[i].win[DDW_RANGE_MAIN].open = false;
		if (win->accepted) {
			ret = ddw_window_open(space, &space->groups[i], plan, win, err);
		} else {
			ret = win->error.err;
			if (err != NULL)
				*err = win->error;
		}
		if (first == 0)
			first = ret;
	}
	return first;
}

static int
open_windows_locked(struct ddw_space *space, const struct ddw_plan *plan, struct ddw_error *errors)
{
	struct iova_span common;
	int first, ret, usable;

	if (space->windows_open)
		return -EALREADY;
	first = open_group_windows(space, plan, errors);
	exclude_mismatched_groups(space, plan, &common, errors);
	usable = __builtin_popcountll(ddw_space_usable(space));
	if (usable == 0)
		return first != 0 ? first : -ENODEV;
	space->plan = *plan;
	if (plan->mode == DDW_MODE_DDW)
		space->plan.size =
			ddw_ranges_largest_window(space); /* firmware had no larger one */
	ret = ddw_ranges_start(space, &common, ddw_ranges_largest_page(space));
	if (ret != 0)
		return fail_all_groups(space, ret, errors);
	space->windows_open = true;
	return usable;
}

/* Locked memory that the windows of a group are charged now. */
static uint64_t
window_charges(const struct group *g)
{
	uint64_t bytes = 0;

	if (g->default_made && !g->default_gone)
		bytes = ddw_tce_table_default(&g->info.caps);
	if (g->created)
		bytes = plan_add(bytes, ddw_tce_table_bytes(&g->info.caps, plan_asked(g->info.size),
							    g->info.page_shift, g->info.levels));
	return bytes;
}

/*
 * Read the memlock limit for a plan. The kernel keeps the charge of a table that it could
 * not make, so this comes after all that may fail. A plan counts the windows itself.
 */
static int
read_memlock(struct ddw_space *space, struct ddw_memlock *ml, struct ddw_error *err)
{
	uint64_t bytes = 0;
	unsigned int i;
	int ret;

	ret = space->sys->memlock(space->sys->ctx, ml);
	if (ret != 0) {
		ret = ddw_fail(err, DDW_MSG_MEMLOCK, ret, "the use of locked memory is unknown: %s",
			       strerror(-ret));
		ddw_error_why(err,
			      "/proc/self/status cannot be read: /proc is not mounted here, or "
			      "hidden from this process");
		ddw_error_fix(err, "show it to the process: a container needs /proc");
		return ret;
	}
	for (i = 0; i < space->n_groups; i++)
		bytes = plan_add(bytes, window_charges(&space->groups[i]));
	ml->used -= bytes < ml->used ? bytes : ml->used;
	return 0;
}

int
ddw_space_open_windows(struct ddw_space *space, const struct ddw_plan *plan,
		       struct ddw_error *errors)
{
	int ret;

	ret = ddw_space_lock(space, errors);
	if (ret != 0)
		return ret;
	ret = open_windows_locked(space, plan, errors);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

/*
 * On pSeries, Linux since 6.11 makes no default window where firmware offers no
 * dynamic ones. It is no reason then to move other groups to theirs. Trying is
 * safe: there is no dynamic window that a failure could spoil.
 */
static void
probe_default_windows(struct ddw_space *space, struct ddw_plan_input *in)
{
	unsigned int i;

	if (in->wishes.mode != DDW_MODE_AUTO || space->windows_open)
		return;
	for (i = 0; i < space->n_groups; i++)
		if (!plan_has_ddw(&in->groups[i].caps) &&
		    !ddw_window_has_default(space, &space->groups[i]))
			in->groups[i].caps.dma32_size = 0;
}

/* The first failure for which the default windows are better than what there is. */
static const struct ddw_error *
reason_to_fall_back(const struct ddw_plan_input *in, const struct ddw_plan *plan, int usable,
		    const struct ddw_error *errors)
{
	unsigned int i;

	if (in->wishes.mode != DDW_MODE_AUTO || in->wishes.low ||
	    (usable > 0 && !in->wishes.mismatch_dma32))
		return NULL;
	for (i = 0; i < in->n_groups; i++) {
		/* The plan has thought of those that it refuses. */
		if (errors[i].err == 0 || !plan->windows[i].accepted)
			continue;
		/* Where the kernel creates no window any more, it creates no default one. */
		if (usable == 0 || errors[i].msg != DDW_MSG_PE_POISONED)
			return &errors[i];
	}
	return NULL;
}

/* What the second attempt needs beside the first one, which may remain what counts. */
struct retry {
	struct ddw_plan_input in;
	struct ddw_plan plan;
	struct ddw_error errors[DDW_MAX_GROUPS];
};

static int
fall_back_to_default(struct ddw_space *space, struct retry *r, const char *reason,
		     struct ddw_plan *plan, struct ddw_error *errors, int first)
{
	unsigned int i;
	int ret;

	r->in.wishes = (struct ddw_plan_wishes){ .mode = DDW_MODE_DMA32 };
	if (read_memlock(space, &r->in.memlock, NULL) != 0 ||
	    ddw_plan_make(&r->in, &r->plan, NULL) != 0)
		return first; /* what did work stays */
	snprintf(r->plan.fallback, sizeof(r->plan.fallback), "%.255s", reason);
	ddw_ranges_close(space);
	ret = open_windows_locked(space, &r->plan, r->errors);
	for (i = 0; i < space->n_groups; i++) {
		/* The cause is told, not that the last resort failed too. */
		if (r->errors[i].err == 0 || errors[i].err == 0)
			errors[i] = r->errors[i];
	}
	*plan = r->plan;
	return ret;
}

int
ddw_space_open(struct ddw_space *space, struct ddw_plan_input *in, struct ddw_plan *plan,
	       struct ddw_error *errors, struct ddw_error *err)
{
	const struct ddw_error *reason;
	struct retry *r;
	unsigned int i;
	int ret;

	ret = ddw_space_check_process(space, err);
	if (ret != 0)
		return ret;
	ddw_space_caps(space, in);
	(void)pthread_mutex_lock(&space->lock);
	probe_default_windows(space, in);
	ret = read_memlock(space, &in->memlock, err);
	(void)pthread_mutex_unlock(&space->lock);
	if (ret != 0)
		return ret;
	ret = ddw_plan_make(in, plan, err);
	if (ret != 0) {
		for (i = 0; i < in->n_groups; i++)
			errors[i] = plan->windows[i].error;
		return ret;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot open the windows");
	(void)pthread_mutex_lock(&space->lock);
	ret = open_windows_locked(space, plan, errors);
	reason = reason_to_fall_back(in, plan, ret, errors);
	if (plan->mode == DDW_MODE_DDW && reason != NULL) {
		r->in = *in;
		ret = fall_back_to_default(space, r, reason->what, plan, errors, ret);
	}
	(void)pthread_mutex_unlock(&space->lock);
	free(r);
	return ret;
}

/* What a group is expected to offer that is not here yet. */
static void
assume_later_group(struct ddw_plan_input *in)
{
	in->n_groups = 1;
	in->groups[0] = (struct ddw_plan_group){
		.name = "a group attached later",
		.caps = { .dma32_size = EXPECTED_DMA32,
			  .pgsizes = UINT64_MAX << 12,
			  .max_windows = 2,
			  .levels = in->wishes.low ? 5 : 1 }, /* PowerNV, or either */
	};
}

static int
open_empty_locked(struct ddw_space *space, const struct ddw_plan *plan, struct ddw_error *err)
{
	struct iova_span common = { plan->start, plan->size };
	int ret;

	if (space->windows_open || space->n_groups != 0)
		return ddw_fail(err, DDW_MSG_GROUP_LIMIT, EALREADY,
				"the windows of this space are already open");
	if (plan->mode == DDW_MODE_DDW && !plan->low)
		common.start = EXPECTED_START;
	space->plan = *plan;
	ret = ddw_ranges_start(space, &common, plan->align_shift);
	if (ret != 0) {
		ddw_ranges_close(space);
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ret, "cannot set up bus addresses");
	}
	space->windows_open = true;
	return 0;
}

int
ddw_space_open_empty(struct ddw_space *space, struct ddw_plan_input *in, struct ddw_plan *plan,
		     struct ddw_error *err)
{
	int ret;

	assume_later_group(in);
	(void)pthread_mutex_lock(&space->lock);
	ret = read_memlock(space, &in->memlock, err);
	if (ret == 0)
		ret = ddw_plan_make(in, plan, err);
	if (ret == 0)
		ret = open_empty_locked(space, plan, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}
