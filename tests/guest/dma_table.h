/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DMA_TABLE_H
#define DMA_TABLE_H

/* The plugin's table of calls, for programs of the lab. */

#include "vfio_spapr_dma.h"

/* NULL: no plugin, or another version of it. */
const struct vfio_spapr_dma *dma_table_find(void);

#endif /* DMA_TABLE_H */
