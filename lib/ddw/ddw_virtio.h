/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_VIRTIO_H
#define DDW_VIRTIO_H

/**
 * @file
 * Find virtio devices that ignore the IOMMU.
 *
 * Unless a virtio device offers VIRTIO_F_ACCESS_PLATFORM, it takes each address
 * that its driver gives it for a physical one. Bus addresses of a window mean
 * nothing to it.
 */

#include <stdbool.h>

#include "ddw_error.h"
#include "ddw_sys.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Tell a virtio device by its vendor and device number.
 *
 * @param sys
 *   Calls into the kernel.
 * @param sysfs
 *   Folder of the PCI devices, normally "/sys/bus/pci/devices".
 * @param pci
 *   Address, such as "0001:00:00.0".
 * @return
 *   Whether it is one; false when the numbers cannot be read.
 * Thread safety: any thread.
 * Source: virtio 1.2, 4.1.2.1.
 */
bool ddw_pci_is_virtio(const struct ddw_sys *sys, const char *sysfs, const char *pci);

/**
 * Check that a virtio device obeys the IOMMU. A device whose features cannot be read
 * is taken for one that does not.
 *
 * The device must not be in use: the check selects a word of its features, as a
 * driver does before it reads them.
 *
 * @param sys
 *   Calls into the kernel.
 * @param fd
 *   Device file of VFIO (VFIO_GROUP_GET_DEVICE_FD).
 * @param name
 *   Name of the device for messages.
 * @param err
 *   Filled on failure: DDW-virtio-no-iommu.
 * @return
 *   0; -ENOTSUP it ignores the IOMMU; another negative errno: not known.
 * Thread safety: any thread, on different devices.
 * Source: virtio 1.2, 4.1.4 and 6.
 */
int ddw_virtio_check(const struct ddw_sys *sys, int fd, const char *name, struct ddw_error *err);

#ifdef __cplusplus
}
#endif

#endif /* DDW_VIRTIO_H */
