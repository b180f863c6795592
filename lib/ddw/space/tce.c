/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Write the TCEs of one group: MAP and UNMAP, in chunks. */

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include "ddw_units.h"
#include "space/checks.h"
#include "space/tce.h"

/* The kernel checks the first page only, so the end is checked here. */
static bool
is_inside_window(const struct window *w, uint64_t iova, uint64_t len)
{
	uint64_t last, page = UINT64_C(1) << w->page_shift;

	return w->open && len != 0 && ddw_is_aligned(iova | len, page) &&
	       ddw_add(iova, len - 1, &last) && iova >= w->start &&
	       last <= w->start + (w->size - 1);
}

int
ddw_tce_map(struct ddw_space *space, unsigned int i, uint64_t vaddr, uint64_t iova, uint64_t len,
	    uint64_t *done)
{
	const struct group *g = &space->groups[i];
	const struct window *w = &g->win[ddw_range_of(space, iova)];
	uint64_t chunk = MAP_PAGES_MAX << w->page_shift;
	int ret;

	*done = 0;
	if (!is_inside_window(w, iova, len))
		return -ERANGE;
	while (*done < len) {
		struct vfio_iommu_type1_dma_map map = {
			.argsz = sizeof(map),
			.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
			.vaddr = vaddr + *done,
			.iova = iova + *done,
			.size = len - *done < chunk ? len - *done : chunk,
		};

		ret = ddw_space_ioctl(space, DDW_OP_MAP, g->container_fd, &map);
		if (ret != 0)
			return ret;
		*done += map.size;
	}
	return 0;
}

int
ddw_tce_unmap(struct ddw_space *space, unsigned int i, uint64_t iova, uint64_t len)
{
	const struct group *g = &space->groups[i];
	const struct window *w = &g->win[ddw_range_of(space, iova)];
	uint64_t chunk = MAP_PAGES_MAX << w->page_shift;
	uint64_t done;
	int ret;

	if (!is_inside_window(w, iova, len))
		return -ERANGE;
	for (done = 0; done < len; done += chunk) {
		struct vfio_iommu_type1_dma_unmap unmap;

		memset(&unmap, 0, sizeof(unmap));
		unmap.argsz = sizeof(unmap);
		unmap.iova = iova + done;
		unmap.size = len - done < chunk ? len - done : chunk;
		ret = ddw_space_ioctl(space, DDW_OP_UNMAP, g->container_fd, &unmap);
		if (ret != 0)
			return ret;
	}
	return 0;
}
