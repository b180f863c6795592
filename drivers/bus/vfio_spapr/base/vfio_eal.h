/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VFIO_EAL_H
#define VFIO_EAL_H

/*
 * Ask EAL's VFIO for containers, groups and devices, whichever release of DPDK this is. Its
 * functions are found by name, at the first call: the plugin does not depend on them.
 *
 * EAL logs its own errors. All calls may come from any thread; those that change something
 * are made under spapr_groups_lock() or in the main thread.
 */

#include <stdbool.h>

/** Return whether this DPDK has functions that the plugin knows. Otherwise each call fails. */
bool spapr_vfio_known(void);
/** Create a container. Returns its descriptor, which belongs to EAL, or a negative errno. */
int spapr_vfio_container_create(void);
/** Destroy a container, and close its groups and devices. */
void spapr_vfio_container_destroy(int container_fd);
/**
 * Let EAL open a group in a container, so that pci finds it there.
 *
 * @param container_fd
 *   Container from spapr_vfio_container_create(), with no other group in it.
 * @param number
 *   Group number.
 * @param group_fd
 *   Filled with the descriptor of the group, which belongs to EAL.
 * @return
 *   0 or a negative errno.
 */
int spapr_vfio_enter(int container_fd, int number, int *group_fd);
/** Close a group that was entered and that no driver uses. */
void spapr_vfio_leave(int container_fd, int number);
/**
 * Open a device, so that its group stays open whatever pci does.
 *
 * @param name
 *   PCI address.
 * @param fd
 *   Filled with a descriptor of the device.
 * @return
 *   0 or a negative errno.
 */
int spapr_vfio_hold(const char *name, int *fd);
/** Undo spapr_vfio_hold(). The group is closed if it was the last device. */
void spapr_vfio_let_go(const char *name, int fd);
/** Return the descriptor of a group that is open in this process, or a negative errno. */
int spapr_vfio_group_fd(int number);
/** Return a container descriptor for a secondary process, or a negative errno. */
int spapr_vfio_container_fd(void);
/**
 * Return whether each call of spapr_vfio_container_fd() opens another container, which the
 * caller must close. That tells what the requests of secondary processes mean, see
 * spapr_abi_vfio_request().
 */
bool spapr_vfio_opens_containers(void);

#endif /* VFIO_EAL_H */
