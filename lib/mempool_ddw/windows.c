/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "pool.h"

int
rte_mempool_ddw_window_info(enum rte_mempool_ddw_window window,
			    struct rte_mempool_ddw_window_info *info)
{
	const struct vfio_spapr_dma *dma;
	const struct ddw_window_info *w;
	struct vfio_spapr_dma_info all;

	if (info == NULL || (unsigned int)window > RTE_MEMPOOL_DDW_WINDOW_DEFAULT)
		return -EINVAL;
	dma = mpddw_dma_get(NULL);
	if (dma == NULL)
		return -ENOTSUP;
	dma->info(&all);
	if (all.kind == VFIO_SPAPR_DMA_NONE)
		return -ENOTSUP;
	w = &all.windows[DDW_RANGE_MAIN];
	/* With the default windows alone there is one, which is both. */
	if (all.kind == VFIO_SPAPR_DMA_DDW && window == RTE_MEMPOOL_DDW_WINDOW_DEFAULT)
		w = &all.windows[DDW_RANGE_SMALL];
	if (w->size == 0)
		return -ENOTSUP;
	*info = (struct rte_mempool_ddw_window_info){
		.start = w->start,
		.size = w->size,
		.free_bytes = w->free_bytes,
		.page_size = UINT64_C(1) << w->page_shift,
	};
	return 0;
}
