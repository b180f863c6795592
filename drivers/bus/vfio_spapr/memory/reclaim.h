/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RECLAIM_H
#define RECLAIM_H

/* Reclaim room in the window from libraries that keep idle memory mapped. */

#include <stdbool.h>
#include <stdint.h>

#include <ddw.h>

#include "vfio_spapr_dma.h"

/** Set the callback, or NULL. When it returns the old one is not running any more. */
void spapr_reclaim_set(vfio_spapr_dma_reclaim fn);
/**
 * Ask the library for room. Returns false when nothing became free. What became free may be
 * fragmented: a caller that needs one piece asks for twice as much the next time.
 */
bool spapr_reclaim(uint64_t bytes);
/** Call ddw_space_map_memory(), and reclaim room as long as there is too little. */
int spapr_reclaim_map_memory(struct ddw_mapping *m, struct ddw_error *err);

#endif /* RECLAIM_H */
