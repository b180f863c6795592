/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DEVICES_H
#define DEVICES_H

/* The PCI devices that DPDK is going to probe. */

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

/** Is this a 64-bit POWER machine? Elsewhere the plugin is silent. */
bool spapr_devices_on_power(void);
/** Does the plugin have anything to do in this process? Collects the devices. */
bool spapr_devices_active(void);
/** Is this a secondary process with devices that a primary may have set up? */
bool spapr_devices_shared(void);
/** Folder of the PCI devices in sysfs. */
const char *spapr_devices_sysfs(void);
/** Does a device of the group reach 32 address bits only, as the user says? */
bool spapr_devices_narrow(int group);
/** The same of one device, by its address. */
bool spapr_device_is_narrow(const char *name);
/** A device of a group that pci is going to probe, or NULL. */
const struct device *spapr_device_of_group(int number);
/** Keep pci from probing a device. */
void spapr_device_block(struct device *d);
/** Keep pci from probing the devices of a group; -1: any device outside the kernel's hands. */
void spapr_devices_block_group(int number);
/**
 * How is a PCI device driven?
 * Returns its IOMMU group for vfio-pci, -ENOENT when the kernel drives it (or
 * nothing does), another negative errno for UIO drivers and when it is unclear.
 */
int spapr_device_lookup(const struct rte_device *dev, char *name, size_t name_len, char *driver,
			size_t driver_len);

/** Are the running DPDK and its devices laid out as base/dpdk_abi.h says? Reports if not. */
int spapr_devices_check_abi(void);

#endif /* DEVICES_H */
