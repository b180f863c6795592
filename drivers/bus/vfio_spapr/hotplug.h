/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef HOTPLUG_H
#define HOTPLUG_H

/*
 * Prepare groups for devices that come after the start. EAL closes a group with its last
 * device, and the kernel drops its windows and mappings with it; so the group of an added
 * device has to be ready before pci opens it.
 */

#include "base/context.h"

/**
 * Prepare the group of a device for pci, and report why it cannot be done. Call it with
 * spapr_groups_lock().
 *
 * @return
 *   0, or a negative errno when pci must not probe the device.
 */
int spapr_hotplug_prepare(const struct device *d);
/** Find groups that EAL has closed. */
void spapr_hotplug_check_groups(void);

#endif /* HOTPLUG_H */
