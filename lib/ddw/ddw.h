/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_H
#define DDW_H

/**
 * @file
 * libddw: DMA windows of the sPAPR IOMMU (Linux VFIO on IBM POWER), all of it.
 */

#include "ddw_error.h"
#include "ddw_group.h"
#include "ddw_lookup.h"
#include "ddw_map.h"
#include "ddw_plan.h"
#include "ddw_space.h"
#include "ddw_sys.h"
#include "ddw_units.h"
#include "ddw_virtio.h"

#endif /* DDW_H */
