/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PLAN_H
#define PLAN_H

/* What the parts of the planner share. Private to libddw. */

#include "ddw_plan.h"
#include "ddw_units.h"

#define DEFAULT_WINDOW_SHIFT 12 /* the default window has 4K pages */

/* The memory of a plan, added up. */
struct plan_memory {
	uint64_t exist;	   /* bytes that may be mapped some day */
	uint64_t smallest; /* smallest hugepage in use */
};

static inline bool
plan_is_powernv(const struct ddw_caps *caps)
{
	/* pSeries always reports one level, see spapr_tce_init_table_group(). */
	return caps->levels > 1;
}

static inline bool
plan_has_ddw(const struct ddw_caps *caps)
{
	return !caps->v1 && caps->max_windows != UINT32_MAX && caps->max_windows != 0;
}

/*
 * Can the kernel make the default window? tce_iommu_create_table() refuses other sizes; with
 * sPAPR v1 the window is the host's.
 */
static inline bool
plan_has_default(const struct ddw_caps *caps)
{
	return caps->v1 ? caps->dma32_size != 0 : ddw_is_pow2(caps->dma32_size);
}

static inline uint64_t
plan_add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return ddw_add(a, b, &sum) ? sum : UINT64_MAX;
}

/* Bytes of the window that is asked for when so many are to be used. */
static inline uint64_t
plan_asked(uint64_t size)
{
	return size < DDW_WINDOW_LEAST ? DDW_WINDOW_LEAST : size;
}

/*
 * The top two pages of the main range are never mapped: the upper one is poison, and the one
 * below keeps mapped memory from ending where poison begins. A page is the larger of the IOMMU
 * page and the alignment of memory, or the IOMMU page where no such memory fits anyway.
 */
#define PLAN_SPARE_PAGES 2

static inline uint64_t
plan_spare_page(uint64_t size, unsigned int page_shift, uint64_t align)
{
	uint64_t page = UINT64_C(1) << page_shift;

	return align > page && align <= size / 4 ? align : page;
}

/*
 * Bytes of a range at 0 up to the hole of the plan, if that is where it ends: what follows may be
 * MMIO of a bridge, and poison must not be there. Elsewhere firmware has placed it.
 */
static inline uint64_t
plan_end_at_hole(const struct ddw_plan *plan, uint64_t start, uint64_t size)
{
	uint64_t hole_last = plan->hole_start + plan->hole_size - 1, last = start + size - 1;

	if (plan->hole_size == 0 || start != 0 || last < plan->hole_start || last > hole_last)
		return size;
	return plan->hole_start;
}

/* What the kernel counts as locked memory, in bytes. */
struct plan_locked {
	uint64_t memory;  /* registered with sPAPR v2, once for all groups */
	uint64_t tables;  /* of the windows of all groups */
	uint64_t windows; /* sPAPR v1 counts its whole window instead of memory */
};

static inline uint64_t
plan_locked_bytes(const struct plan_locked *sum)
{
	return plan_add(plan_add(sum->tables, sum->windows), sum->memory);
}

/* May the process lock that much in addition to what it has? 0, or -ENOMEM with an error. */
int ddw_plan_check_memlock(const struct ddw_memlock *ml, const struct plan_locked *sum,
			   struct ddw_error *err);

/* Forget what was planned for a group, but its error. */
static inline void
plan_refuse(struct ddw_plan_window *win)
{
	*win = (struct ddw_plan_window){ .error = win->error };
}

/*
 * Plan the window of a group that comes later, when the windows of the others are
 * open: the same size, at most the same page. "open" is the plan that they were
 * opened with. 0, or the errno of win->error.
 */
int ddw_plan_join(const struct ddw_plan_group *g, const struct ddw_plan *open,
		  struct ddw_plan_window *win);

#endif /* PLAN_H */
