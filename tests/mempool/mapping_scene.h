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

struct rte_mempool *mapping_make(const char *name, unsigned int n, unsigned int elt_size,
				 const struct rte_mempool_ddw_conf *conf);
/* Windows for a test, and their end: nothing may be left. */
void mapping_begin(bool ddw, uint64_t window);
void mapping_end(void);
/* Every object is where the bus says, and devices reach all of it. */
void mapping_check_objects(struct rte_mempool *mp, unsigned int n);
/* Before all tests. */
int mapping_start(void **state);

#endif /* MAPPING_SCENE_H */
