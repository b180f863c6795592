/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef HOTPLUG_H
#define HOTPLUG_H

/*
 * Devices that come at run time. EAL closes a group with its last device, and the
 * kernel drops the group's windows and mappings with it; so the group of a device
 * that comes has to be made ready before pci opens it.
 */

#include <ddw_group.h>

#include <rte_dev.h>

/**
 * Make the group of a device that is added at run time ready for pci. Its address is
 * filled in, empty when the plugin has nothing to do with it.
 * Returns 0, or a negative errno when pci must not probe the device.
 */
int spapr_hotplug_prepare(struct rte_device *dev, char name[DDW_PCI_NAME]);
/** Look for groups that EAL has closed. */
void spapr_hotplug_check_groups(void);

#endif /* HOTPLUG_H */
