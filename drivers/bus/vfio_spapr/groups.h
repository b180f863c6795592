/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef GROUPS_H
#define GROUPS_H

/* The IOMMU groups of the devices, and their containers in EAL. */

#include "base/context.h"

/** Serialise what changes the groups after the start; may be taken twice by one thread. */
void spapr_groups_lock(void);
void spapr_groups_unlock(void);
/** The group of a device, entered when it is new; NULL when there are too many. */
struct group *spapr_group_enter(const struct device *d);
/** The group with an index in the space, or NULL. */
struct group *spapr_group_of_index(int index);
/**
 * Let EAL open a group, so that its own table knows it when pci asks, in a container
 * of the group's own. Returns its descriptor, which is EAL's, or a negative errno.
 */
int spapr_group_open(struct group *g, struct ddw_error *err);
/** Give its container back, if it has one. */
void spapr_group_close(struct group *g);

#endif /* GROUPS_H */
