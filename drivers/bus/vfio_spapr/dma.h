/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DMA_H
#define DMA_H

/**
 * @file
 * The plugin's side of vfio_spapr_dma.h.
 *
 * Locks: that of EAL's memory, of holdings.h, of dma.c, of reclaim.c, the space's, in
 * this order. Where room is asked for all but the last may be held.
 */

#include <ddw.h>

/** Serve libraries from now on. */
void dma_start(struct ddw_space *space);
/** No more: when it returns no call uses the space any longer. */
void dma_stop(void);

#endif /* DMA_H */
