/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DEVICES_H
#define DEVICES_H

/* Find the PCI devices that DPDK is going to probe, and block those it must not. */

#include <stdbool.h>

#include "base/context.h"

/** Return whether this is a 64-bit POWER machine. Elsewhere the plugin is silent. */
bool spapr_devices_on_power(void);
/** Return whether a device of this machine is bound to vfio-pci, allowed here or not. */
bool spapr_devices_exist(void);
/**
 * List the devices that pci would probe now: those outside of the kernel, with a driver in
 * this process that they do not have yet. Refused devices stay refused while they are there.
 */
void spapr_devices_collect(void);
/** Take a device from the list: it is being attached by name, whatever it was before. */
void spapr_device_forget(const char *name);
/** Free the list of devices. */
void spapr_devices_free(void);
/** Return the folder of the PCI devices in sysfs. */
const char *spapr_devices_sysfs(void);
/** Return whether dma32= names a device of the group: it reaches 32 address bits only. */
bool spapr_devices_narrow(int group);
/** Return whether dma32= names this PCI address. */
bool spapr_device_is_narrow(const char *name);
/** Return a device of a group that pci is going to probe, or NULL. */
const struct device *spapr_device_of_group(int number);
/** Return the entry of a device that pci would probe, or must not; NULL when there is none. */
struct device *spapr_device_listed(const struct rte_device *dev);
/** Keep pci from probing a device. */
void spapr_device_block(struct device *d);
/**
 * Keep pci from probing the devices of a group; -1: every device not bound to a kernel driver.
 * Each gets a line in the log, if "quiet" for those who debug.
 */
void spapr_devices_block_group(int number, bool quiet);
/**
 * Fill in what sysfs says of a PCI device; not "dev", "named" and "blocked". Returns whether it is
 * outside of the kernel: bound to vfio-pci or to a UIO driver.
 */
bool spapr_device_find(const struct rte_device *dev, struct device *d);

/** Compare the running DPDK and its devices with base/dpdk_abi.h. Reports a difference. */
int spapr_devices_check_abi(void);

#endif /* DEVICES_H */
