/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DEVICES_H
#define DEVICES_H

/* Find the PCI devices that DPDK is going to probe, and block those it must not. */

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

/** Return whether this is a 64-bit POWER machine. Elsewhere the plugin is silent. */
bool spapr_devices_on_power(void);
/** Collect the devices, and return whether the plugin has work to do in this process. */
bool spapr_devices_active(void);
/** Return whether this is a secondary process whose primary may have set up devices. */
bool spapr_devices_shared(void);
/** Free the list of devices. Nothing needs it after the probe of the PCI bus. */
void spapr_devices_free(void);
/** Return the folder of the PCI devices in sysfs. */
const char *spapr_devices_sysfs(void);
/** Return whether dma32= names a device of the group: it reaches 32 address bits only. */
bool spapr_devices_narrow(int group);
/** Return whether dma32= names this PCI address. */
bool spapr_device_is_narrow(const char *name);
/** Return a device of a group that pci is going to probe, or NULL. */
const struct device *spapr_device_of_group(int number);
/** Keep pci from probing a device. */
void spapr_device_block(struct device *d);
/** Keep pci from probing the devices of a group; -1: every device not bound to a kernel driver. */
void spapr_devices_block_group(int number);
/**
 * Find the driver of a PCI device, and its IOMMU group.
 *
 * @return
 *   The IOMMU group for vfio-pci, -ENOENT when a driver of the kernel or none is bound,
 *   another negative errno for UIO drivers and when the driver is not known.
 */
int spapr_device_lookup(const struct rte_device *dev, char *name, size_t name_len, char *driver,
			size_t driver_len);

/** Compare the running DPDK and its devices with base/dpdk_abi.h. Reports a difference. */
int spapr_devices_check_abi(void);

#endif /* DEVICES_H */
