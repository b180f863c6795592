/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MAPPING_SCENE_H
#define MAPPING_SCENE_H

/* How the memory of pools is pinned and mapped in the windows of the simulated kernel. */

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include <rte_errno.h>

#include "rig.h"

#define GROUPS 2
#define CHUNK  (64 * KIB)
#define ELT    4000

/* Windows for a test; rig_end() is their end. */
void mapping_begin(bool ddw, uint64_t window);
/* Every object is where the bus says, and devices reach all of it. */
void mapping_check_objects(struct rte_mempool *mp, unsigned int n);

#endif /* MAPPING_SCENE_H */
