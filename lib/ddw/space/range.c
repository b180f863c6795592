/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Give out the bus addresses of one range. */

#include <errno.h>
#include <string.h>

#include "plan/plan.h"
#include "space/range.h"

int
ddw_range_leave_out(struct range *r, uint64_t start, uint64_t size)
{
	uint64_t page = UINT64_C(1) << r->page_shift, last;
	int ret;

	/* Page by page where something of it is left out already. */
	if (size == 0 || start < r->start || start - r->start >= r->size)
		return 0;
	if (size > r->size - (start - r->start))
		size = r->size - (start - r->start);
	start &= ~(page - 1);
	if (!ddw_align_up(size, page, &size) || !ddw_add(start, size - 1, &last))
		return -EINVAL;
	ret = ddw_iova_alloc_at(&r->iova, start, size);
	/* A part of it is left out already: page by page. */
	for (; ret == -EEXIST && size > 0; start += page, size -= page) {
		int one = ddw_iova_alloc_at(&r->iova, start, page);

		if (one != 0 && one != -EEXIST)
			return one;
	}
	return ret == -EEXIST ? 0 : ret;
}

int
ddw_range_open(struct range *r, const struct iova_span *where, unsigned int page_shift,
	       bool is_default)
{
	int ret;

	ret = ddw_iova_init(&r->iova, where->start, where->size, page_shift);
	if (ret != 0)
		return ret;
	r->open = true;
	r->start = where->start;
	r->size = where->size;
	r->page_shift = page_shift;
	r->poison = 0;
	r->is_default = is_default;
	return r->start == 0 ? ddw_range_leave_out(r, 0, 1) : 0;
}

int
ddw_range_spare_top(struct range *r, uint64_t align)
{
	uint64_t page = plan_spare_page(r->size, r->page_shift, align), end = r->start + r->size;
	uint64_t top = end & ~(page - 1), from = top - PLAN_SPARE_PAGES * page;

	r->poison = top - page;
	/* A range of fewer pages holds no memory. */
	if (from < r->start || from > top)
		from = r->start;
	return ddw_range_leave_out(r, from, end - from);
}

void
ddw_range_close(struct range *r)
{
	ddw_iova_fini(&r->iova);
	memset(r, 0, sizeof(*r));
}
