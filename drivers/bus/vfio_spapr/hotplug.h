/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef HOTPLUG_H
#define HOTPLUG_H

/*
 * Prepare groups for devices that are added at run time. EAL closes a group with its last
 * device, and the kernel drops its windows and mappings with it; so the group of an added
 * device has to be ready before pci opens it.
 */

#include <ddw_group.h>

#include <rte_dev.h>

/**
 * Prepare the group of an added device for pci. The device's address is filled in, empty
 * when the plugin does not handle it. Returns 0, or a negative errno when pci must not
 * probe the device.
 */
int spapr_hotplug_prepare(struct rte_device *dev, char name[DDW_PCI_NAME]);
/** Find groups that EAL has closed. */
void spapr_hotplug_check_groups(void);

#endif /* HOTPLUG_H */
