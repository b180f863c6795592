/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef CHECK_VIRTIO_H
#define CHECK_VIRTIO_H

/* Find virtio devices that ignore the IOMMU. */

#include "common/pci.h"
#include "doctor/doctor_io.h"

/* Check a device that is bound to vfio-pci. Its group must be free: it is opened for a moment. */
void doctor_check_virtio(struct doctor *d, const struct pci_device *dev);

/*
 * Check if a device that the kernel drives ignores the IOMMU. "err" is filled then, as the
 * plugin would do it.
 */
bool doctor_virtio_ignores_iommu(const struct doctor *d, const char *pci, struct ddw_error *err);

#endif /* CHECK_VIRTIO_H */
