/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef GROUPS_H
#define GROUPS_H

/* Keep the IOMMU groups of the devices, and their containers in EAL. */

#include "base/context.h"

/** Lock the groups against changes after the start. The lock is recursive. */
void spapr_groups_lock(void);
void spapr_groups_unlock(void);
/**
 * Return the group of a device, entered when it is new; NULL when there can be none:
 * DDW-not-vfio, DDW-group-open, DDW-group-limit.
 */
struct group *spapr_group_enter(const struct device *d, struct ddw_error *err);
/** Return the group with a number, or NULL. */
struct group *spapr_group_find(int number);
/** Return the group with an index in the space, or NULL. */
struct group *spapr_group_of_index(int index);
/**
 * Let EAL open a group in a container of its own, so that pci finds it in EAL's table.
 * Fills in its descriptor, which belongs to EAL, or DDW_GROUP_ATTACHED. Returns 0 or a
 * negative errno.
 */
int spapr_group_open(struct group *g, int *fd, struct ddw_error *err);
/**
 * Hold a device open. EAL closes a group when the probe of its only open device fails, and
 * would open it again for the next device of that group, in its own container and with its
 * own windows. Returns whether "held" and "fd" are set.
 */
bool spapr_group_hold(struct device *d);
/** Return whether a driver has the device already; if not, it may be held after this. */
bool spapr_group_device_busy(struct device *d);
/** Let go a device, if it is held; idle: no driver has it. A group without device is closed then. */
void spapr_group_let_go(struct device *d, bool idle);
/**
 * Say in the error of a group which driver has disabled its windows, if that is the cause:
 * DDW-no-window becomes DDW-pe-poisoned when the kernel's log names the driver.
 */
void spapr_group_blame(const struct group *g, struct ddw_error *err);
/** Destroy the container of a group, if it has one. */
void spapr_group_close(struct group *g);

#endif /* GROUPS_H */
