/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Check the memory and the bus addresses that a caller names. */

#include <errno.h>
#include <inttypes.h>

#include "ddw_units.h"
#include "space/checks.h"

enum ddw_range_id
ddw_range_of(const struct ddw_space *space, uint64_t iova)
{
	if (ddw_range_contains(&space->ranges[DDW_RANGE_SMALL], iova, 1))
		return DDW_RANGE_SMALL;
	return DDW_RANGE_MAIN;
}

uint64_t
ddw_smallest_page(const struct ddw_space *space)
{
	unsigned int i, shift = space->ranges[DDW_RANGE_MAIN].page_shift;

	for (i = 0; i < DDW_RANGES; i++)
		if (space->ranges[i].open && space->ranges[i].page_shift < shift)
			shift = space->ranges[i].page_shift;
	return UINT64_C(1) << shift;
}

int
ddw_fail_no_window(struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_BAD_RANGE, ENODEV, "no DMA window is open");

	ddw_error_why(err, "the windows were not opened, or failed to open");
	ddw_error_fix(err, "attach a group and open its window first");
	return ret;
}

int
ddw_check_memory(const struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t page,
		 struct ddw_error *err)
{
	uint64_t last;

	if (!space->windows_open)
		return ddw_fail_no_window(err);
	if (len == 0 || !ddw_is_aligned(vaddr | len, page) || !ddw_add(vaddr, len - 1, &last))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is not aligned to "
				"pages of %" PRIu64 " bytes",
				vaddr, len, page);
	return 0;
}

int
ddw_fail_overlap(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	return ddw_fail(err, DDW_MSG_MEMORY_OVERLAP, EEXIST,
			"memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is already registered", vaddr,
			len);
}
