/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EXTERNAL_H
#define EXTERNAL_H

/*
 * Map memory of the application: it is added to a heap, given to devices with
 * rte_dev_dma_map(), or used for mempools.
 *
 * The lock of memory/grants.h protects all of it.
 *
 * Memory that a library has pinned (vfio_spapr_dma.h) is mapped and unmapped by that
 * library alone.
 */

#include <rte_dev.h>
#include <rte_memory.h>

#include <ddw.h>

/** Map a memseg list that was added to a heap, or poison its addresses. */
void spapr_external_added(struct rte_memseg_list *msl);
/** Unmap a memseg list that is about to be removed. */
void spapr_external_removed(const void *addr, size_t len);

/** Implement dma_map and dma_unmap of the PCI bus for devices of the plugin. */
int spapr_external_dma_map(struct rte_device *dev, void *addr, uint64_t iova, size_t len);
int spapr_external_dma_unmap(struct rte_device *dev, void *addr, uint64_t iova, size_t len);
/** Unmap what was mapped for a removed device alone. *dev is not read. */
void spapr_external_device_gone(const struct rte_device *dev);

/* For mempools, with the lock of memory/grants.h held. */

/** Unmap spans whose memory the application has unregistered without unmapping it. */
void spapr_external_unmap_replaced(uint64_t vaddr, uint64_t len);
/** Map memory until the last grant that overlaps it is dropped. */
struct span *spapr_external_map(struct ddw_mapping *m, struct ddw_error *err);
/** Map a memseg list in a heap without events, until the end. */
int spapr_external_keep_list(struct rte_memseg_list *msl, struct ddw_error *err);
/** Unmap the spans that no grant uses. */
void spapr_external_unmap_unused(void);

#endif /* EXTERNAL_H */
