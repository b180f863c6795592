/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RAW_H
#define RAW_H

/* The ioctls by themselves, on the container of a group. Each returns what the kernel did. */

#include <linux/vfio.h>

#include "rig.h"

#define V1	     VFIO_SPAPR_TCE_IOMMU
#define V2	     VFIO_SPAPR_TCE_v2_IOMMU
#define BOTH	     (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)
#define SMALL_WINDOW (UINT64_C(64) << 20)
/* Behind a window of that size, however much larger its table became. */
#define PAST_ANY_TABLE (UINT64_C(1) << 36)

/* Open container and group, put one into the other. */
int raw_join(struct rig *r, enum rig_role role);
int raw_set_iommu(struct rig *r, enum rig_role role, unsigned long type);
/* Both, which must work, for the usual sPAPR v2 container. */
void raw_attach(struct rig *r, enum rig_role role, unsigned long type);
int raw_ioctl(struct rig *r, enum rig_role role, unsigned long request, void *arg);
int raw_group_ioctl(struct rig *r, enum rig_role role, unsigned long request, void *arg);
int raw_open_device(struct rig *r, enum rig_role role);
int raw_info(struct rig *r, enum rig_role role);
int raw_register(struct rig *r, enum rig_role role, uint64_t vaddr, uint64_t size);
int raw_unregister(struct rig *r, enum rig_role role, uint64_t vaddr, uint64_t size);
int raw_map(struct rig *r, enum rig_role role, uint64_t vaddr, uint64_t iova, uint64_t size);
int raw_unmap(struct rig *r, enum rig_role role, uint64_t iova, uint64_t size);
int raw_create(struct rig *r, enum rig_role role, unsigned int page_shift, uint64_t size,
	       unsigned int levels, uint64_t *start);
int raw_remove(struct rig *r, enum rig_role role, uint64_t start);
/* A v2 container with a window of 64 MiB with 2M pages and 8 MiB of hugepages registered. */
uint64_t raw_ready(struct rig *r, enum rig_role role);

#endif /* RAW_H */
