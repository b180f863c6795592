/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RECLAIM_H
#define RECLAIM_H

/* Room in the window: whoever has idle memory mapped is asked for it. */

#include <stdbool.h>
#include <stdint.h>

#include <ddw.h>

#include "vfio_spapr_dma.h"

/** Whom to ask, NULL for nobody. When it returns the one before is not asked any more. */
void spapr_reclaim_set(vfio_spapr_dma_reclaim fn);
/**
 * Ask who has idle memory mapped for so much room. False: nothing became free. What does
 * may lie apart: who needs it in one piece asks for twice as much the next time.
 */
bool spapr_reclaim(uint64_t bytes);
/** ddw_space_map_memory(); where there is no room somebody is asked for it first. */
int spapr_reclaim_map_memory(struct ddw_mapping *m, struct ddw_error *err);

#endif /* RECLAIM_H */
