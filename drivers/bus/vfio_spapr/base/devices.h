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
bool devices_on_power(void);
/** Does the plugin have anything to do in this process? Collects the devices. */
bool devices_active(void);
/** Is this a secondary process with devices that a primary may have set up? */
bool devices_shared(void);
/** Folder of the PCI devices in sysfs. */
const char *devices_sysfs(void);
/** Does a device of the group reach 32 address bits only, as the user says? */
bool devices_narrow(int group);
/** The same of one device, by its address. */
bool devices_is_narrow(const char *name);
/** A device of a group that pci is going to probe, or NULL. */
const struct device *devices_of_group(int number);
/** Keep pci from probing a device. */
void device_block(struct device *d);
/** Keep pci from probing the devices of a group; -1: any device outside the kernel's hands. */
void devices_block_group(int number);
/**
 * How is a PCI device driven?
 * Returns its IOMMU group for vfio-pci, -ENOENT when the kernel drives it (or
 * nothing does), another negative errno for UIO drivers and when it is unclear.
 */
int device_lookup(const struct rte_device *dev, char *name, size_t name_len, char *driver,
		  size_t driver_len);

/** Are the running DPDK and its devices laid out as base/dpdk_abi.h says? Reports if not. */
int devices_check_layout(void);

#endif /* DEVICES_H */
