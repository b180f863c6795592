/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_GROUP_H
#define DDW_GROUP_H

/**
 * @file
 * Read facts about IOMMU groups and their devices from sysfs and /dev/vfio
 * without changing anything.
 *
 * Thread safety: any thread.
 */

#include <stdbool.h>
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
 * Read which kernel driver a PCI device is bound to.
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
 * Read the IOMMU group of a PCI device.
 *
 * @param sys
 *   Calls into the kernel.
 * @param sysfs
 *   Folder of the PCI devices, normally "/sys/bus/pci/devices".
 * @param pci
 *   Address, such as "0001:00:00.0".
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
 *   Filled on failure: DDW-group-busy, DDW-group-open, DDW-group-not-given,
 *   DDW-group-not-viable.
 * @return
 *   0; -EBUSY another process has it; -EPERM not viable; what open(2) said.
 * Source: vfio_group_fops_open() and vfio_group_get_status().
 */
int ddw_group_check(const struct ddw_sys *sys, int number, const char *name, struct ddw_error *err);

/** How reliable a culprit is. */
enum ddw_culprit_proof {
	DDW_CULPRIT_UNKNOWN, /**< nothing was found */
	DDW_CULPRIT_LIKELY,  /**< the driver that the kernel has for a device of the group */
	DDW_CULPRIT_LOGGED,  /**< the kernel's log names it */
};

/** The driver whose failed request has disabled the dynamic windows of a group. */
struct ddw_culprit {
	enum ddw_culprit_proof proof; /**< how sure it is */
	char pci[DDW_PCI_NAME];	      /**< device; empty when unknown */
	char driver[DDW_DRIVER_NAME]; /**< driver, such as "virtio-pci" or "vfio-pci" */
	char module[DDW_DRIVER_NAME]; /**< its module, such as "virtio_pci" */
	bool builtin;		      /**< the module is a part of the kernel */
	bool no_size; /**< a window of size 0 was asked for: a KVM guest without maxmem */
	int answer;   /**< what firmware returned; 0 when not known */
};

/**
 * Find out which driver has disabled the dynamic windows of a group (DDW-pe-poisoned).
 *
 * The kernel logs each window that it asks firmware for, with driver, device and
 * answer. Where that cannot be read (dmesg_restrict), or is gone from the log, the
 * driver that the kernel has for a device of the group is named instead.
 *
 * @param sys
 *   Calls into the kernel.
 * @param number
 *   Group number.
 * @param culprit
 *   Filled, also when nothing was found.
 * @return
 *   0; -ENOENT when nothing was found; another negative errno.
 * Thread safety: any thread.
 * Source: create_ddw() and enable_ddw() in arch/powerpc/platforms/pseries/iommu.c;
 * /dev/kmsg; modules.alias, modules.builtin and modules.builtin.modinfo in
 * /lib/modules of the running kernel.
 */
int ddw_group_culprit(const struct ddw_sys *sys, int number, struct ddw_culprit *culprit);

/**
 * Add the driver responsible, and how to prevent it, to a DDW-pe-poisoned error.
 *
 * @param culprit
 *   What ddw_group_culprit() has filled.
 * @param err
 *   Error whose "why" and "fix" are replaced; those of proof unknown are general.
 * Thread safety: any thread, on different errors.
 */
void ddw_culprit_blame(const struct ddw_culprit *culprit, struct ddw_error *err);

#ifdef __cplusplus
}
#endif

#endif /* DDW_GROUP_H */
