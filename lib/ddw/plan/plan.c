/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Decide what concerns all groups: memory, limits, and which windows. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/plan_ddw.h"
#include "plan/plan_dma32.h"

static int
add_memory_class(const struct ddw_plan_memory *m, struct plan_memory *mem, struct ddw_plan *plan,
		 struct ddw_error *err)
{
	uint64_t bytes = m->exist_bytes > m->start_bytes ? m->exist_bytes : m->start_bytes;
	uint64_t align = m->page_size < DDW_ALIGN_MAX ? m->page_size : DDW_ALIGN_MAX;

	if (bytes == 0)
		return 0;
	if (!ddw_is_pow2(m->page_size))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"hugepage size %" PRIu64 " is not a power of two", m->page_size);
	if (!ddw_add(mem->exist, bytes, &mem->exist))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"the sum of all hugepages exceeds 64 bits");
	plan->start_bytes += m->start_bytes; /* never above mem->exist */
	if (m->page_size < mem->smallest)
		mem->smallest = m->page_size;
	if (align > plan->align)
		plan->align = align;
	return 0;
}

static int
sum_memory(const struct ddw_plan_input *in, struct plan_memory *mem, struct ddw_plan *plan,
	   struct ddw_error *err)
{
	unsigned int i;
	int ret;

	*mem = (struct plan_memory){ .smallest = UINT64_MAX };
	for (i = 0; i < in->n_memory; i++) {
		ret = add_memory_class(&in->memory[i], mem, plan, err);
		if (ret != 0)
			return ret;
	}
	if (mem->exist == 0)
		return ddw_fail(err, DDW_MSG_NO_HUGEPAGES, ENOENT, "there are no hugepages");
	return 0;
}

static int
check_window_wish(uint64_t size, const struct ddw_plan *plan, struct ddw_error *err)
{
	char a[DDW_SIZE_TEXT], b[DDW_SIZE_TEXT];
	uint64_t need;
	int ret;

	if (size == 0)
		return 0;
	if (!ddw_is_pow2(size)) {
		ret = ddw_fail(err, DDW_MSG_PARAM_VALUE, EINVAL,
			       "window_size=%s is not a power of two", ddw_format_size(size, a));
		ddw_error_fix(err, "use window_size=%s", ddw_format_size(ddw_next_pow2(size), b));
		return ret;
	}
	if (size >= plan->start_bytes)
		return 0;
	ret = ddw_fail(err, DDW_MSG_WINDOW_TOO_SMALL, EINVAL,
		       "window_size=%s is smaller than the memory in use, %s",
		       ddw_format_size(size, a), ddw_format_size(plan->start_bytes, b));
	need = plan_add(plan->start_bytes, PLAN_SPARE_PAGES * plan->align);
	ddw_error_fix(err, "use window_size=%s or more, omit it, or use less memory (-m)",
		      ddw_format_size(ddw_next_pow2(need), b));
	return ret;
}

static int
check_wishes(const struct ddw_plan_wishes *w, const struct plan_memory *mem,
	     const struct ddw_plan *plan, struct ddw_error *err)
{
	char a[DDW_SIZE_TEXT], b[DDW_SIZE_TEXT];

	if (w->mode == DDW_MODE_DMA32 && (w->page_size != 0 || w->window_size != 0 || w->low)) {
		int ret = ddw_fail(err, DDW_MSG_PARAM_VALUE, EINVAL,
				   "%s cannot be combined with mode=dma32",
				   w->page_size != 0	 ? "page_size"
				   : w->window_size != 0 ? "window_size"
							 : "window=low");

		ddw_error_why(err, "the platform determines the start and size of the default "
				   "window, and its pages are 4K");
		ddw_error_fix(err, "omit one of the two");
		return ret;
	}
	if (w->page_size != 0 && !ddw_is_pow2(w->page_size))
		return ddw_fail(err, DDW_MSG_PARAM_VALUE, EINVAL,
				"page_size=%s is not a power of two",
				ddw_format_size(w->page_size, a));
	if (w->page_size > mem->smallest)
		return ddw_fail(err, DDW_MSG_PAGE_TOO_LARGE, EINVAL,
				"page_size=%s is larger than the smallest hugepage, %s",
				ddw_format_size(w->page_size, a),
				ddw_format_size(mem->smallest, b));
	return check_window_wish(w->window_size, plan, err);
}

/* What counts as locked memory at start, in bytes. */
static struct plan_locked
count_locked(const struct ddw_plan_input *in, const struct ddw_plan *plan)
{
	struct plan_locked sum = { 0 };
	unsigned int i;

	for (i = 0; i < in->n_groups; i++) {
		if (!plan->windows[i].accepted)
			continue;
		sum.tables = plan_add(sum.tables, plan->windows[i].table_bytes);
		if (in->groups[i].caps.v1)
			sum.windows = plan_add(sum.windows, in->groups[i].caps.dma32_size);
		else
			sum.memory = plan->start_bytes;
	}
	return sum;
}

int
ddw_plan_check_memlock(const struct ddw_memlock *ml, const struct plan_locked *sum,
		       struct ddw_error *err)
{
	char mem[DDW_SIZE_TEXT], win[DDW_SIZE_TEXT];
	uint64_t total = plan_add(ml->used, plan_locked_bytes(sum));
	int ret;

	if (ml->unlimited || total <= ml->limit)
		return 0;
	ret = ddw_fail(err, DDW_MSG_MEMLOCK, ENOMEM,
		       "the memlock limit is %" PRIu64 " KiB, %" PRIu64 " KiB are needed",
		       ml->limit / 1024, total / 1024 + (total % 1024 != 0));
	ddw_error_why(err,
		      "%s of hugepages%s%s and %" PRIu64 " KiB of TCE tables count as locked "
		      "memory, in addition to %" PRIu64 " KiB already locked",
		      ddw_format_size(sum->memory, mem),
		      sum->windows == 0 ? "" : ", default windows of sPAPR v1 of ",
		      sum->windows == 0 ? "" : ddw_format_size(sum->windows, win),
		      sum->tables / 1024, ml->used / 1024);
	ddw_error_fix(err,
		      "ulimit -l %" PRIu64 " or more (systemd: LimitMEMLOCK=%" PRIu64
		      "K), or grant CAP_IPC_LOCK%s",
		      total / 1024 + 1, total / 1024 + 1,
		      sum->memory == 0 ? ", or use fewer devices (-a)"
				       : ", or use less memory (-m)");
	return ret;
}

/* A group with a device of few address bits; NULL when there is none. */
static const struct ddw_plan_group *
find_narrow_group(const struct ddw_plan_input *in)
{
	unsigned int i;

	for (i = 0; i < in->n_groups; i++)
		if (in->groups[i].dma32)
			return &in->groups[i];
	return NULL;
}

static int
plan_mode(const struct ddw_plan_input *in, const struct plan_memory *mem, enum ddw_mode mode,
	  struct ddw_plan *plan, struct ddw_error *err)
{
	struct plan_locked sum;
	int ret;

	memset(plan->windows, 0, sizeof(plan->windows));
	plan->mode = mode;
	plan->low = mode == DDW_MODE_DDW && in->wishes.low;
	plan->n_accepted = 0;
	plan->align_shift = 0;
	plan->start = plan->size = plan->min_size = 0;
	plan->hole_start = plan->hole_size = 0;
	if (mode == DDW_MODE_DDW)
		ret = ddw_plan_ddw(in, mem, plan, err);
	else
		ret = ddw_plan_dma32(in, plan, err);
	if (ret != 0)
		return ret;
	sum = count_locked(in, plan);
	plan->memlock_needed = plan_locked_bytes(&sum);
	return ddw_plan_check_memlock(&in->memlock, &sum, err);
}

/* The platform gives this group no dynamic window that could be used, but a default one. */
static bool
has_default_only(const struct ddw_plan_input *in, unsigned int i, const struct ddw_error *e)
{
	return plan_has_default(&in->groups[i].caps) &&
	       (e->msg == DDW_MSG_NO_DDW ||
		(e->msg == DDW_MSG_PAGE_NOT_OFFERED && in->wishes.page_size == 0));
}

/* Are the default windows better than what came out? Says why in "reason". */
static bool
should_fall_back(const struct ddw_plan_input *in, const struct ddw_plan *plan,
		 const struct ddw_error *e, char *reason, size_t len)
{
	const struct ddw_error *first = NULL;
	unsigned int i, without = 0;

	if (in->wishes.mode != DDW_MODE_AUTO || in->wishes.low)
		return false;
	if (e->msg == DDW_MSG_MEMLOCK) {
		snprintf(reason, len, "%.255s", e->what);
		return true;
	}
	for (i = 0; i < in->n_groups; i++) {
		if (!has_default_only(in, i, &plan->windows[i].error))
			continue;
		if (first == NULL)
			first = &plan->windows[i].error;
		without++;
	}
	if (first == NULL || (plan->n_accepted >= without && !in->wishes.mismatch_dma32))
		return false;
	snprintf(reason, len, "%.255s", first->what);
	return true;
}

static int
plan_auto(const struct ddw_plan_input *in, const struct plan_memory *mem, struct ddw_plan *plan,
	  struct ddw_error *e)
{
	struct ddw_error first;
	int ret, first_ret;

	ret = plan_mode(in, mem, DDW_MODE_DDW, plan, e);
	if (!should_fall_back(in, plan, e, plan->fallback, sizeof(plan->fallback)))
		return ret;
	first = *e;
	first_ret = ret;
	ddw_error_clear(e);
	ret = plan_mode(in, mem, DDW_MODE_DMA32, plan, e);
	if (ret == 0)
		return 0;
	if (first_ret == 0 || first.msg == DDW_MSG_MEMLOCK) {
		plan->fallback[0] = '\0';
		ddw_error_clear(e);
		return plan_mode(in, mem, DDW_MODE_DDW, plan, e);
	}
	/* What the memlock limit is made of says more than why it is this window. */
	if (e->msg != DDW_MSG_MEMLOCK)
		ddw_error_why(e, "the plugin can use only the default windows: %s", plan->fallback);
	return ret;
}

static int
plan_with_narrow_group(const struct ddw_plan_input *in, const struct plan_memory *mem,
		       const struct ddw_plan_group *narrow, struct ddw_plan *plan,
		       struct ddw_error *e)
{
	int ret;

	if (in->wishes.mode != DDW_MODE_DDW) {
		snprintf(plan->fallback, sizeof(plan->fallback),
			 "%s has a device with only 32 address bits", narrow->name);
		return plan_mode(in, mem, DDW_MODE_DMA32, plan, e);
	}
	ret = ddw_fail(e, DDW_MSG_PARAM_VALUE, EINVAL,
		       "dma32= of %s cannot be combined with mode=ddw", narrow->name);
	ddw_error_why(e, "memory has one bus address for all devices, so one device with 32 "
			 "address bits moves all of them to the default windows");
	ddw_error_fix(e, "omit mode=ddw, or run the device in a separate process");
	return ret;
}

static int
plan_checked_input(const struct ddw_plan_input *in, struct ddw_plan *plan, struct ddw_error *e)
{
	const struct ddw_plan_group *narrow;
	struct plan_memory mem;
	int ret;

	if (in->n_groups == 0 || in->n_groups > DDW_MAX_GROUPS)
		return ddw_fail(e, DDW_MSG_GROUP_LIMIT, EINVAL, "cannot plan for %u groups",
				in->n_groups);
	if (in->n_memory > DDW_MAX_HUGEPAGE_SIZES)
		return ddw_fail(e, DDW_MSG_BAD_RANGE, EINVAL,
				"%u sizes of hugepages, at most %u are supported", in->n_memory,
				DDW_MAX_HUGEPAGE_SIZES);
	ret = sum_memory(in, &mem, plan, e);
	if (ret == 0)
		ret = check_wishes(&in->wishes, &mem, plan, e);
	if (ret != 0)
		return ret;
	if (in->wishes.mode == DDW_MODE_DMA32)
		return plan_mode(in, &mem, DDW_MODE_DMA32, plan, e);
	narrow = find_narrow_group(in);
	if (narrow != NULL)
		return plan_with_narrow_group(in, &mem, narrow, plan, e);
	return plan_auto(in, &mem, plan, e);
}

int
ddw_plan_make(const struct ddw_plan_input *in, struct ddw_plan *plan, struct ddw_error *err)
{
	struct ddw_error e = { 0 };
	int ret;

	memset(plan, 0, sizeof(*plan));
	ret = plan_checked_input(in, plan, &e);
	if (ret != 0 && err != NULL)
		*err = e;
	return ret;
}

int
ddw_plan_join(const struct ddw_plan_group *g, const struct ddw_plan *open,
	      struct ddw_plan_window *win)
{
	int ret;

	memset(win, 0, sizeof(*win));
	if (open->mode == DDW_MODE_DDW)
		ret = ddw_plan_join_ddw(g, open, win);
	else
		ret = ddw_plan_join_dma32(g, open, win);
	if (ret != 0)
		plan_refuse(win);
	return ret;
}
