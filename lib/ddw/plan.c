/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ddw_plan.h"
#include "ddw_units.h"

#define TCE_BYTES	     8
#define DEFAULT_WINDOW_SHIFT 12 /* the default window has 4K pages */
#define LEVEL_BITS_MAX	     21 /* 16 MiB of TCEs: the largest block that page_alloc has */
#define BUS_BITS_MAX	     55 /* pnv_pci_ioda2_table_alloc_pages() */
#define KERNEL_PAGE	     UINT64_C(65536) /* the larger of the two kernel flavours */

static bool
is_powernv(const struct ddw_caps *caps)
{
	/* pSeries always reports one level, see spapr_tce_init_table_group(). */
	return caps->levels > 1;
}

static uint64_t
add_sat(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return ddw_add(a, b, &sum) ? sum : UINT64_MAX;
}

/* Bits of index that one table level covers. */
static unsigned int
level_bits(uint64_t size, unsigned int page_shift, unsigned int levels)
{
	unsigned int bits = ddw_log2(size) - page_shift;

	return (bits + levels - 1) / levels;
}

uint64_t
ddw_plan_table_bytes(const struct ddw_caps *caps, uint64_t size, unsigned int page_shift,
		     unsigned int levels)
{
	uint64_t table, block, total = 0;

	if (size >> page_shift == 0 || levels == 0 ||
	    !ddw_mul(size >> page_shift, TCE_BYTES, &table))
		return UINT64_MAX;
	if (!is_powernv(caps))
		return table;

	/* One block per level at least; twice, for the copy with user addresses. */
	block = (uint64_t)TCE_BYTES << level_bits(size, page_shift, levels);
	if (block < KERNEL_PAGE)
		block = KERNEL_PAGE;
	for (; levels > 0; levels--) {
		if (!ddw_align_up(table, block, &table))
			return UINT64_MAX;
		total = add_sat(total, table);
		table = table / block * TCE_BYTES;
	}
	return ddw_mul(total, 2, &total) ? total : UINT64_MAX;
}

static int
total_memory(const struct ddw_plan_input *in, struct ddw_plan *plan, uint64_t *exist,
	     uint64_t *smallest, struct ddw_error *err)
{
	unsigned int i;

	*exist = 0;
	*smallest = UINT64_MAX;
	for (i = 0; i < in->n_memory; i++) {
		const struct ddw_plan_memory *m = &in->memory[i];
		uint64_t bytes = m->exist_bytes > m->start_bytes ? m->exist_bytes : m->start_bytes;

		if (bytes == 0)
			continue;
		if (!ddw_is_pow2(m->page_size))
			return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
					"hugepage size %" PRIu64 " is no power of two",
					m->page_size);
		if (!ddw_add(*exist, bytes, exist) ||
		    !ddw_add(plan->start_bytes, m->start_bytes, &plan->start_bytes))
			return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
					"sizes of hugepages do not fit 64 bits");
		if (m->page_size < *smallest)
			*smallest = m->page_size;
	}
	if (*exist == 0)
		return ddw_fail(err, DDW_MSG_NO_HUGEPAGES, ENOENT, "there are no hugepages");
	return 0;
}

static int
check_wishes(const struct ddw_plan_wishes *w, uint64_t smallest, uint64_t start_bytes,
	     struct ddw_error *err)
{
	char a[DDW_SIZE_TEXT], b[DDW_SIZE_TEXT];
	int ret;

	if (w->page_size != 0 && !ddw_is_pow2(w->page_size))
		return ddw_fail(err, DDW_MSG_PARAM_VALUE, EINVAL, "page_size=%s is no power of two",
				ddw_format_size(w->page_size, a));
	if (w->page_size > smallest)
		return ddw_fail(err, DDW_MSG_PAGE_TOO_LARGE, EINVAL,
				"page_size=%s is larger than the smallest hugepage, %s",
				ddw_format_size(w->page_size, a), ddw_format_size(smallest, b));
	if (w->window_size == 0)
		return 0;
	if (!ddw_is_pow2(w->window_size)) {
		ret = ddw_fail(err, DDW_MSG_PARAM_VALUE, EINVAL,
			       "window_size=%s is no power of two",
			       ddw_format_size(w->window_size, a));
		ddw_error_fix(err, "use window_size=%s",
			      ddw_format_size(ddw_next_pow2(w->window_size), b));
		return ret;
	}
	if (w->window_size < start_bytes) {
		ret = ddw_fail(err, DDW_MSG_WINDOW_TOO_SMALL, EINVAL,
			       "window_size=%s is smaller than the memory in use, %s",
			       ddw_format_size(w->window_size, a), ddw_format_size(start_bytes, b));
		ddw_error_fix(err, "use window_size=%s or more, less memory (-m), or leave it out",
			      ddw_format_size(ddw_next_pow2(start_bytes), b));
		return ret;
	}
	return 0;
}

/* Largest page that is offered and that no hugepage in use is smaller than. */
static int
choose_page(const struct ddw_plan_group *g, const struct ddw_plan_wishes *w, uint64_t smallest,
	    struct ddw_plan_window *win)
{
	uint64_t usable = g->caps.pgsizes & (smallest | (smallest - 1));
	char text[128], size[DDW_SIZE_TEXT];
	int ret;

	if (g->caps.max_windows == UINT32_MAX || g->caps.max_windows == 0)
		return ddw_fail(&win->error, DDW_MSG_NO_DDW, ENODEV,
				"%s: no dynamic DMA window is offered", g->name);
	if (w->page_size != 0)
		usable &= w->page_size;
	if (usable == 0) {
		ddw_format_pgsizes(g->caps.pgsizes, text, sizeof(text));
		ret = ddw_fail(&win->error, DDW_MSG_PAGE_NOT_OFFERED, EINVAL,
			       "%s: IOMMU pages of %s are not offered", g->name,
			       ddw_format_size(w->page_size ? w->page_size : smallest, size));
		ddw_error_fix(&win->error, "choose one of these: %s; or leave page_size out", text);
		return ret;
	}
	win->page_shift = ddw_log2(usable);
	return 0;
}

/* Levels of the TCE table, known before the first try. */
static int
choose_levels(const struct ddw_plan_group *g, uint64_t size, struct ddw_plan_window *win)
{
	unsigned int levels, bits;
	char text[DDW_SIZE_TEXT];

	win->levels = 1;
	if (!is_powernv(&g->caps))
		return 0;
	for (levels = 1; levels <= g->caps.levels; levels++) {
		bits = level_bits(size, win->page_shift, levels);
		if (bits > LEVEL_BITS_MAX)
			continue;
		if (bits < ddw_log2(KERNEL_PAGE / TCE_BYTES))
			bits = ddw_log2(KERNEL_PAGE / TCE_BYTES);
		if (bits * levels + win->page_shift >= BUS_BITS_MAX)
			break;
		win->levels = levels;
		return 0;
	}
	return ddw_fail(&win->error, DDW_MSG_WINDOW_TOO_LARGE, EINVAL,
			"%s: a window of %s is too large for the TCE tables of this platform",
			g->name, ddw_format_size(size, text));
}

static void
explain(const struct ddw_plan *plan, const struct ddw_plan_wishes *w, struct ddw_plan_window *win)
{
	char size[DDW_SIZE_TEXT], page[DDW_SIZE_TEXT];

	snprintf(win->reason, sizeof(win->reason),
		 "%s (%s), %s pages (%s), %u level%s, default window %s",
		 ddw_format_size(plan->size, size),
		 w->window_size ? "as asked for" : "next power of two above the hugepages",
		 ddw_format_size(UINT64_C(1) << win->page_shift, page),
		 w->page_size ? "as asked for" : "largest offered that fits all hugepages",
		 win->levels, win->levels == 1 ? "" : "s",
		 win->remove_default ? "removed: the platform has only one" : "kept");
}

/* Locked memory at start: the memory once, and the tables of each group. */
static int
check_memlock(const struct ddw_plan_input *in, struct ddw_plan *plan, struct ddw_error *err)
{
	char mem[DDW_SIZE_TEXT];
	uint64_t total;
	unsigned int i;
	int ret;

	plan->memlock_needed = plan->start_bytes;
	for (i = 0; i < in->n_groups; i++)
		if (plan->windows[i].accepted)
			plan->memlock_needed =
				add_sat(plan->memlock_needed, plan->windows[i].table_bytes);
	total = add_sat(in->memlock.used, plan->memlock_needed);
	if (in->memlock.unlimited || total <= in->memlock.limit)
		return 0;

	ret = ddw_fail(err, DDW_MSG_MEMLOCK, ENOMEM,
		       "the limit of locked memory is %" PRIu64 " KiB, %" PRIu64 " KiB are needed",
		       in->memlock.limit / 1024, total / 1024 + (total % 1024 != 0));
	ddw_error_why(err,
		      "%s of hugepages and %" PRIu64 " KiB of TCE tables count as locked memory, "
		      "beside %" PRIu64 " KiB locked already",
		      ddw_format_size(plan->start_bytes, mem),
		      (plan->memlock_needed - plan->start_bytes) / 1024, in->memlock.used / 1024);
	ddw_error_fix(err,
		      "ulimit -l %" PRIu64 " or more (systemd: LimitMEMLOCK=%" PRIu64
		      "K), or grant CAP_IPC_LOCK, or use less memory (-m)",
		      total / 1024 + 1, total / 1024 + 1);
	return ret;
}

static void
plan_group(const struct ddw_plan_input *in, unsigned int i, uint64_t smallest,
	   struct ddw_plan *plan)
{
	const struct ddw_plan_group *g = &in->groups[i];
	struct ddw_plan_window *win = &plan->windows[i];

	if (choose_page(g, &in->wishes, smallest, win) != 0)
		return;
	win->accepted = true;
	win->remove_default = g->caps.max_windows == 1;
	if (win->page_shift > plan->align_shift)
		plan->align_shift = win->page_shift;
}

static void
size_group(const struct ddw_plan_input *in, unsigned int i, struct ddw_plan *plan)
{
	const struct ddw_plan_group *g = &in->groups[i];
	struct ddw_plan_window *win = &plan->windows[i];

	if (choose_levels(g, plan->size, win) != 0) {
		struct ddw_error error = win->error;

		memset(win, 0, sizeof(*win));
		win->error = error;
		return;
	}
	if (win->page_shift > plan->align_shift)
		plan->align_shift = win->page_shift;
	win->table_bytes = ddw_plan_table_bytes(&g->caps, plan->size, win->page_shift, win->levels);
	if (!win->remove_default && g->caps.dma32_size >> DEFAULT_WINDOW_SHIFT != 0)
		win->table_bytes =
			add_sat(win->table_bytes, ddw_plan_table_bytes(&g->caps, g->caps.dma32_size,
								       DEFAULT_WINDOW_SHIFT, 1));
	explain(plan, &in->wishes, win);
	plan->n_accepted++;
}

/*
 * A window that replaces the default one starts at bus address 0 and loses its
 * first page, see start_layout() in window.c.
 */
static int
choose_size(const struct ddw_plan_input *in, uint64_t exist, struct ddw_plan *plan,
	    struct ddw_error *err)
{
	uint64_t page = UINT64_C(1) << plan->align_shift, spare = 0;
	char text[DDW_SIZE_TEXT], need[DDW_SIZE_TEXT];
	unsigned int i;

	for (i = 0; i < in->n_groups; i++)
		if (plan->windows[i].remove_default)
			spare = page;

	plan->min_size = ddw_next_pow2(add_sat(plan->start_bytes, spare));
	if (plan->min_size != 0 && plan->min_size < page)
		plan->min_size = page;
	plan->size = in->wishes.window_size;
	if (plan->size == 0) {
		plan->size = ddw_next_pow2(add_sat(exist, spare));
		if (plan->size == 0)
			return ddw_fail(err, DDW_MSG_WINDOW_TOO_LARGE, ERANGE,
					"the hugepages that exist do not fit any window");
		if (plan->size < plan->min_size)
			plan->size = plan->min_size;
	}
	if (plan->min_size != 0 && plan->size >= plan->min_size)
		return 0;
	return ddw_fail(err, DDW_MSG_WINDOW_TOO_SMALL, EINVAL,
			"a window of %s cannot hold the memory in use and one spare page, %s",
			ddw_format_size(plan->size, text), ddw_format_size(plan->min_size, need));
}

int
ddw_plan_make(const struct ddw_plan_input *in, struct ddw_plan *plan, struct ddw_error *err)
{
	uint64_t exist, smallest;
	unsigned int i;
	int ret;

	memset(plan, 0, sizeof(*plan));
	if (in->n_groups == 0 || in->n_groups > DDW_MAX_GROUPS)
		return ddw_fail(err, DDW_MSG_GROUP_LIMIT, EINVAL, "%u groups to plan for",
				in->n_groups);
	if (in->n_memory > DDW_MAX_HUGEPAGE_SIZES)
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"%u sizes of hugepages, %u are known", in->n_memory,
				DDW_MAX_HUGEPAGE_SIZES);
	ret = total_memory(in, plan, &exist, &smallest, err);
	if (ret != 0)
		return ret;
	ret = check_wishes(&in->wishes, smallest, plan->start_bytes, err);
	if (ret != 0)
		return ret;

	for (i = 0; i < in->n_groups; i++)
		plan_group(in, i, smallest, plan);

	ret = choose_size(in, exist, plan, err);
	if (ret != 0)
		return ret;
	plan->align_shift = 0; /* of those that remain */
	for (i = 0; i < in->n_groups; i++)
		if (plan->windows[i].accepted)
			size_group(in, i, plan);
	if (plan->n_accepted == 0) {
		if (err != NULL)
			*err = plan->windows[0].error;
		return plan->windows[0].error.err;
	}
	return check_memlock(in, plan, err);
}
