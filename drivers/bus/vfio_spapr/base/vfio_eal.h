/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VFIO_EAL_H
#define VFIO_EAL_H

/*
 * Ask EAL's VFIO for containers, groups and devices, whichever release of DPDK this is. Up to
 * 26.07 EAL binds groups to containers, and counts who has a device open. From 26.11 on it
 * assigns devices, which puts their group into the container and selects the IOMMU, and keeps
 * one descriptor of each device, which a driver closes when its probe fails.
 *
 * The functions are found by name, at the first call: the plugin does not depend on them. EAL
 * logs its own errors. All calls may come from any thread; those that change something are
 * made under spapr_groups_lock() or in the main thread.
 */

#include <stdbool.h>

#include "base/dpdk_abi.h"

/** Return whether this DPDK has functions that the plugin knows. Otherwise each call fails. */
bool spapr_vfio_known(void);
/** Return whether EAL assigns devices and keeps one descriptor of each (26.11 and later). */
bool spapr_vfio_assigns(void);
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
 * @param name
 *   PCI address of a device of the group, which 26.11 opens.
 * @param group_fd
 *   Filled with the descriptor of the group, which belongs to EAL; DDW_GROUP_ATTACHED when
 *   EAL has put the group into the container.
 * @return
 *   0 or a negative errno.
 */
int spapr_vfio_enter(int container_fd, int number, const char *name, int *group_fd);
/**
 * Return whether a device is open already: its driver shares the only descriptor. False up to
 * 26.07, where each has its own. A device that was not open is now, and the caller's to let go.
 *
 * @param opened
 *   Filled: this call has opened it.
 */
bool spapr_vfio_busy(int container_fd, int number, const char *name, bool *opened);
/** Close a group that was entered, and that no driver uses; arguments as when it was entered. */
void spapr_vfio_leave(int container_fd, int number, const char *name);
/**
 * Open a device of a group that was entered, so that the group stays open when the probe of
 * another device fails. With 26.11 it is the descriptor that the driver gets, too.
 *
 * @param fd
 *   Filled with a descriptor of the device, which belongs to EAL.
 * @return
 *   0 or a negative errno.
 */
int spapr_vfio_hold(int container_fd, int number, const char *name, int *fd);
/**
 * Undo spapr_vfio_hold(). EAL closes the group with its last device.
 *
 * @param idle
 *   No driver has taken the device. With 26.11 only such a device is closed.
 */
void spapr_vfio_let_go(int container_fd, int number, const char *name, int fd, bool idle);
/** Return the descriptor of a group that is open in this process, or a negative errno. */
int spapr_vfio_group_fd(int number);
/**
 * Return a container descriptor for a secondary process, or a negative errno. With
 * VFIO_CODES_FIRST it is a new one, which the caller must close.
 */
int spapr_vfio_container_fd(void);
/** Return what the requests of secondary processes mean. */
enum vfio_codes spapr_vfio_codes(void);

#endif /* VFIO_EAL_H */
