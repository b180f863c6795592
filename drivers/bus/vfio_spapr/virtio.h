/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VIRTIO_H
#define VIRTIO_H

/* Refuse virtio devices that ignore the IOMMU: no window keeps their addresses apart. */

/**
 * Block the devices of this kind that pci is going to probe. Their groups must be open, and
 * held: EAL closes a group with its last device.
 */
void spapr_virtio_block(void);
/**
 * Check a device that is added at run time. Reports a refusal.
 *
 * @param name
 *   Its PCI address.
 * @param fd
 *   Its device file.
 * @return
 *   0, or a negative errno when it must not be probed.
 */
int spapr_virtio_check(const char *name, int fd);

#endif /* VIRTIO_H */
