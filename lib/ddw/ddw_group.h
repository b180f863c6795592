/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_GROUP_H
#define DDW_GROUP_H

/**
 * @file
 * Facts about IOMMU groups and their devices, read from sysfs and /dev/vfio
 * without changing anything.
 *
 * Thread safety: any thread.
 */

#include <stddef.h>

#include "ddw_error.h"
#include "ddw_sys.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Room for a PCI address as text. */
#define DDW_PCI_NAME 32
/** Room for the name of a driver. */
#define DDW_DRIVER_NAME 64

/**
 * Kernel driver that a PCI device is bound to.
 *
 * @param sys
 *   Calls into the kernel.
 * @param sysfs
 *   Folder of the PCI devices, normally "/sys/bus/pci/devices".
 * @param pci
 *   Address, such as "0001:00:00.0".
 * @param driver
 *   Filled with the name; empty when no driver is bound.
 * @param len
 *   Room in @p driver.
 * @return
 *   0, or a negative errno.
 */
int ddw_pci_driver(const struct ddw_sys *sys, const char *sysfs, const char *pci, char *driver,
		   size_t len);

/**
 * IOMMU group of a PCI device.
 *
 * @return
 *   The group number; -ENOENT when the device has none; another negative errno.
 */
int ddw_pci_group(const struct ddw_sys *sys, const char *sysfs, const char *pci);

/**
 * Check that a group can be taken: its device file opens, and every device in
 * it is bound to vfio-pci or to no driver. The group is left as it was.
 *
 * @param sys
 *   Calls into the kernel.
 * @param number
 *   Group number.
 * @param name
 *   Name of the group for messages.
 * @param err
 *   Filled on failure: DDW-group-busy, DDW-group-open, DDW-group-not-viable.
 * @return
 *   0; -EBUSY another process has it; -EPERM not viable; what open(2) said.
 * Source: vfio_group_fops_open() and vfio_group_get_status().
 */
int ddw_group_check(const struct ddw_sys *sys, int number, const char *name, struct ddw_error *err);

#ifdef __cplusplus
}
#endif

#endif /* DDW_GROUP_H */
