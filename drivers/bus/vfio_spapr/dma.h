/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DMA_H
#define DMA_H

/**
 * @file
 * The plugin's side of vfio_spapr_dma.h.
 *
 * Locks: that of EAL's memory, plugin.external_lock, the ones of dma.c, the space's, in
 * this order. Where room is asked for all but the last may be held.
 */

#include <ddw.h>

/** Serve libraries from now on. */
void dma_start(struct ddw_space *space);
/** No more: when it returns no call uses the space any longer. */
void dma_stop(void);

/**
 * Ask who has idle memory mapped for so much room. False: nothing became free. What does
 * may lie apart: who needs it in one piece asks for twice as much the next time.
 */
bool dma_reclaim(uint64_t bytes);
/** ddw_space_map_memory(); where there is no room somebody is asked for it first. */
int dma_map_memory(struct ddw_mapping *m, struct ddw_error *err);

#endif /* DMA_H */
