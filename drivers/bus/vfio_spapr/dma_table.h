/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DMA_TABLE_H
#define DMA_TABLE_H

/**
 * @file
 * The plugin's side of vfio_spapr_dma.h.
 *
 * Order of locks: EAL's memory, memory/grants.h, dma_table.c, memory/reclaim.c, the space.
 * Where room is asked for all but the last may be held.
 */

#include <ddw.h>

/** Serve libraries from now on. */
void spapr_dma_table_start(struct ddw_space *space);
/** No more: when it returns no call uses the space any longer. */
void spapr_dma_table_stop(void);

#endif /* DMA_TABLE_H */
