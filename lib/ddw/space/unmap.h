/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef UNMAP_H
#define UNMAP_H

/* Clear the TCEs of one group. Private to libddw; the caller holds the lock of the space. */

#include "space/space.h"

/* UNMAP one run in one group, in chunks. */
int ddw_tce_unmap(struct ddw_space *space, unsigned int i, uint64_t iova, uint64_t len);

#endif /* UNMAP_H */
