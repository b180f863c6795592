/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EXTERNAL_H
#define EXTERNAL_H

/*
 * Memory that is not EAL's own: the application mapped it, and adds it to a heap,
 * gives it to devices (rte_dev_dma_map()), or makes mempools of it.
 *
 * Lock: that of memory/grants.h.
 *
 * Memory that a library has pinned (vfio_spapr_dma.h) is mapped and unmapped by that
 * library alone.
 */

#include <rte_dev.h>
#include <rte_memory.h>

#include <ddw.h>

/** A memseg list was added to a heap: map it, or make its addresses harmless. */
void spapr_external_added(struct rte_memseg_list *msl);
/** It is about to be taken away. */
void spapr_external_removed(const void *addr, size_t len);

/** The PCI bus operations dma_map and dma_unmap, for devices that are the plugin's. */
int spapr_external_dma_map(struct rte_device *dev, void *addr, uint64_t iova, size_t len);
int spapr_external_dma_unmap(struct rte_device *dev, void *addr, uint64_t iova, size_t len);
/** A device is gone: what was mapped for it alone is unmapped. Its memory is not read. */
void spapr_external_device_gone(const struct rte_device *dev);

/* For mempools, with the lock of memory/grants.h held. */

/** How much of a range is mapped. */
enum coverage {
	COVERED_NOT,
	COVERED_PARTLY, /**< or not at consecutive bus addresses */
	COVERED,
};

/** Is the range mapped? Memory that the application has replaced is unmapped first. */
enum coverage spapr_external_coverage(uint64_t vaddr, uint64_t len, uint64_t *iova);
/** Map memory for somebody; it is unmapped with the last grant that overlaps it. */
struct span *spapr_external_map(struct ddw_mapping *m, struct ddw_error *err);
/** Map a memseg list in a heap of which no event tells, until the end. */
int spapr_external_keep_list(struct rte_memseg_list *msl, struct ddw_error *err);
/** Unmap what nobody uses any more. */
void spapr_external_unmap_unused(void);

#endif /* EXTERNAL_H */
