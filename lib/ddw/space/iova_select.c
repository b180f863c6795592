/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Choose the range and the bus addresses of a mapping. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "ddw_units.h"
#include "space/iova_select.h"

static int
fail_small_pages(struct ddw_space *space, const struct ddw_mapping *m, struct ddw_error *err)
{
	char page[DDW_SIZE_TEXT], window[DDW_SIZE_TEXT], where[32] = "";

	if (m->vaddr != 0)
		snprintf(where, sizeof(where), " at 0x%" PRIx64, m->vaddr);
	return ddw_fail(
		err, DDW_MSG_SMALL_PAGES, ENOTSUP,
		"memory%s has pages of %s, but the window has IOMMU pages of %s", where,
		ddw_format_size(m->page_size, page),
		ddw_format_size(UINT64_C(1) << space->ranges[DDW_RANGE_MAIN].page_shift, window));
}

static int
fail_bad_iova(struct ddw_space *space, const struct ddw_mapping *m, struct ddw_error *err)
{
	const struct range *main = &space->ranges[DDW_RANGE_MAIN];
	const struct range *small = &space->ranges[DDW_RANGE_SMALL];
	char page[DDW_SIZE_TEXT];
	int ret;

	ret = ddw_fail(err, DDW_MSG_BAD_IOVA, ERANGE,
		       "bus address 0x%" PRIx64 ", %" PRIu64 " bytes, is not available for memory "
		       "at 0x%" PRIx64,
		       m->iova, m->len, m->vaddr);
	ddw_format_size(UINT64_C(1) << main->page_shift, page);
	if (small->open)
		ddw_error_fix(err,
			      "use a free address in 0x%" PRIx64 "-0x%" PRIx64 ", aligned to %s, "
			      "or for small pages in 0x%" PRIx64 "-0x%" PRIx64,
			      main->start, main->start + (main->size - 1), page, small->start,
			      small->start + (small->size - 1));
	else
		ddw_error_fix(err,
			      "use a free address in 0x%" PRIx64 "-0x%" PRIx64 ", aligned to %s",
			      main->start, main->start + (main->size - 1), page);
	return ret;
}

static int
fail_no_default(const struct ddw_mapping *m, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_POOL_WINDOW, ENOTSUP,
			   "memory at 0x%" PRIx64 ", %" PRIu64 " bytes, needs the default window, "
			   "and there is none",
			   m->vaddr, m->len);

	ddw_error_why(err, "some groups have no default window, or the default windows differ");
	ddw_error_fix(err, "omit window=low, run devices with a single window in another process "
			   "(-a), or use mode=dma32");
	return ret;
}

static int
choose_default_range(struct ddw_space *space, const struct ddw_mapping *m, struct range **range,
		     struct ddw_error *err)
{
	*range = space->plan.mode == DDW_MODE_DMA32 ? &space->ranges[DDW_RANGE_MAIN]
						    : &space->ranges[DDW_RANGE_SMALL];
	if (!(*range)->open)
		return fail_no_default(m, err);
	/* Its pages are smaller than any of the memory. */
	if ((m->flags & (DDW_MAP_FIXED | DDW_MAP_RESERVED)) &&
	    !ddw_range_contains(*range, m->iova, m->len))
		return fail_bad_iova(space, m, err);
	return 0;
}

static int
choose_range(struct ddw_space *space, const struct ddw_mapping *m, struct range **range,
	     struct ddw_error *err)
{
	struct range *main = &space->ranges[DDW_RANGE_MAIN];
	struct range *small = &space->ranges[DDW_RANGE_SMALL];
	bool fits = m->page_size == 0 || m->page_size >= UINT64_C(1) << main->page_shift;

	if (m->flags & DDW_MAP_DEFAULT_WINDOW)
		return choose_default_range(space, m, range, err);
	if (m->flags & (DDW_MAP_FIXED | DDW_MAP_RESERVED)) {
		*range = &space->ranges[ddw_range_of(space, m->iova)];
		if (!ddw_range_contains(*range, m->iova, m->len))
			return fail_bad_iova(space, m, err);
		if (*range == main && !fits)
			return small->open ? fail_bad_iova(space, m, err)
					   : fail_small_pages(space, m, err);
		return 0;
	}
	*range = fits ? main : small;
	return (*range)->open ? 0 : fail_small_pages(space, m, err);
}

int
ddw_select_range(struct ddw_space *space, const struct ddw_mapping *m, struct range **range,
		 struct ddw_error *err)
{
	bool given = (m->flags & (DDW_MAP_FIXED | DDW_MAP_RESERVED)) != 0;
	int ret = choose_range(space, m, range, err);

	if (ret == 0 && given && m->limit != 0 && m->iova + (m->len - 1) >= m->limit)
		return fail_bad_iova(space, m, err);
	return ret;
}

static int
fail_window_full(const struct range *r, const struct ddw_mapping *m, int cause,
		 struct ddw_error *err)
{
	uint64_t room = ddw_iova_free_bytes(&r->iova);
	int ret;

	if (m->flags & DDW_MAP_SCATTERED)
		ret = ddw_fail(err, DDW_MSG_WINDOW_FULL, cause,
			       "%" PRIu64 " bytes do not fit into the window, %" PRIu64
			       " are free in total",
			       m->len, room);
	else if (m->limit == 0)
		ret = ddw_fail(err, DDW_MSG_WINDOW_FULL, cause,
			       "no %" PRIu64 " consecutive bytes are left in the window, %" PRIu64
			       " are free in total",
			       m->len, room);
	else
		ret = ddw_fail(err, DDW_MSG_WINDOW_FULL, cause,
			       "no %" PRIu64
			       " consecutive bytes are left in the window below 0x%" PRIx64
			       ", %" PRIu64 " are free in total",
			       m->len, m->limit, room);
	if (r->is_default) {
		ddw_error_why(err, "the platform determines the size of the default window");
		ddw_error_fix(err, "use less memory; a default window cannot grow");
	} else if (m->limit != 0 && m->limit <= r->start) {
		ddw_error_why(err, "the window starts at 0x%" PRIx64, r->start);
		ddw_error_fix(err, "use the default window for devices with few address bits");
	}
	return ret;
}

/* To what the bus addresses of memory are aligned. */
static uint64_t
alignment(const struct ddw_mapping *m)
{
	if (m->page_size == 0)
		return 1;
	return m->page_size < DDW_ALIGN_MAX ? m->page_size : DDW_ALIGN_MAX;
}

int
ddw_select_iova(struct ddw_space *space, struct range *r, struct ddw_mapping *m,
		struct ddw_error *err)
{
	int ret;

	if (m->flags & DDW_MAP_RESERVED)
		return 0;
	if (m->flags & DDW_MAP_FIXED) {
		ret = ddw_iova_alloc_at(&r->iova, m->iova, m->len);
		return ret == 0 ? 0 : fail_bad_iova(space, m, err);
	}
	ret = ddw_iova_alloc_below(&r->iova, m->len, alignment(m), m->limit, &m->iova);
	return ret == 0 ? 0 : fail_window_full(r, m, ret, err);
}

int
ddw_find_iova(struct ddw_space *space, const struct range *r, const struct ddw_mapping *m,
	      struct ddw_error *err)
{
	uint64_t iova;
	int ret;

	if (m->flags & DDW_MAP_RESERVED)
		return 0;
	if (m->flags & DDW_MAP_FIXED)
		return ddw_iova_is_free(&r->iova, m->iova, m->len) ? 0
								   : fail_bad_iova(space, m, err);
	if ((m->flags & DDW_MAP_SCATTERED) && m->limit == 0 &&
	    ddw_iova_room(&r->iova, m->page_size, alignment(m)) >= m->len)
		return 0;
	ret = ddw_iova_find_below(&r->iova, m->len, alignment(m), m->limit, &iova);
	return ret == 0 ? 0 : fail_window_full(r, m, ret, err);
}
