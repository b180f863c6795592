/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DMA_TABLE_H
#define DMA_TABLE_H

/**
 * @file
 * Let libraries pin and map memory: implements vfio_spapr_dma.h.
 *
 * Order of locks: EAL's memory, memory/grants.h, memory/reclaim.c, dma_table.c, the space. A
 * caller of spapr_reclaim() may hold the first two: the library unmaps memory meanwhile.
 */

#include <ddw.h>

/** Let libraries use the space. */
void spapr_dma_table_start(struct ddw_space *space);
/** Stop that. When it returns no call uses the space any more. */
void spapr_dma_table_stop(void);

#endif /* DMA_TABLE_H */
