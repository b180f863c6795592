/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VFIO_SPAPR_DMA_H
#define VFIO_SPAPR_DMA_H

/**
 * @file
 * What the plugin offers to libraries that map memory of their own.
 *
 * The plugin exports one function, VFIO_SPAPR_DMA_SYMBOL. A library finds the plugin
 * with rte_bus_find_by_name("vfio_spapr"), its file with dladdr(), and the function
 * with dlopen(RTLD_NOLOAD) and dlsym(): EAL does not make the symbols of plugins
 * global. Structures of libddw pass through, so both sides must be of the same
 * version: a table with another version or size is not used.
 *
 * Thread safety: any thread, at any time, until the plugin is unloaded. After the end
 * of the PCI bus calls fail with -ENODEV, without an error text.
 * Locks: calls may be made with EAL's memory lock held. They take locks of the plugin
 * and of the space, and nothing of EAL's.
 *
 * Memory that is pinned is the library's: mempools and rte_dev_dma_map() on it do not
 * map it, nor unmap it. What is left at the end of the PCI bus is unmapped and unpinned.
 */

#include <stdbool.h>
#include <stdint.h>

#include <ddw.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rte_device;

/** Counted up with each change of what follows, or of structures of libddw in it. */
#define VFIO_SPAPR_DMA_VERSION 1
/** Name of the exported function, a vfio_spapr_dma_fn. */
#define VFIO_SPAPR_DMA_SYMBOL "vfio_spapr_dma"

/** Where bus addresses come from. */
enum vfio_spapr_dma_kind {
	VFIO_SPAPR_DMA_NONE,  /**< not from the plugin: it is inert in this process */
	VFIO_SPAPR_DMA_DDW,   /**< dynamic windows */
	VFIO_SPAPR_DMA_DMA32, /**< default windows */
};

/** State of the windows. */
struct vfio_spapr_dma_info {
	enum vfio_spapr_dma_kind kind; /**< what holds the memory */
	/** DDW_RANGE_MAIN, and DDW_RANGE_SMALL when its size is not 0. */
	struct ddw_window_info windows[DDW_RANGES];
	/** Bytes that one map() can make contiguous whatever the memory; UINT64_MAX: any. */
	uint64_t contiguous;
};

/**
 * The main window needs room: unmap what is mapped and idle.
 *
 * Called with EAL's memory lock and a heap locked, so it may not allocate from EAL,
 * nor wait for a thread that does. It may call unmap(), and no other function of the table.
 * @param bytes
 *   As much should become free.
 */
typedef void (*vfio_spapr_dma_reclaim)(uint64_t bytes);

/** Memory for devices. All functions are there. */
struct vfio_spapr_dma {
	uint32_t version; /**< VFIO_SPAPR_DMA_VERSION */
	uint32_t size;	  /**< of this structure, bytes */

	/** State of the windows; kind VFIO_SPAPR_DMA_NONE when there are none. */
	void (*info)(struct vfio_spapr_dma_info *info);

	/** ddw_space_pin(). */
	int (*pin)(uint64_t vaddr, uint64_t len, uint64_t piece, struct ddw_error *err);
	/** ddw_space_unpin(). */
	int (*unpin)(uint64_t vaddr, uint64_t len, struct ddw_error *err);
	/** ddw_space_map_memory(), of pinned memory: with DDW_MAP_PINNED. */
	int (*map)(struct ddw_mapping *m, struct ddw_error *err);
	/** ddw_space_unmap(). */
	int (*unmap)(uint64_t vaddr, uint64_t len, struct ddw_error *err);
	/** ddw_space_poison(). */
	uint64_t (*poison)(void);

	/**
	 * Is the device one that reaches what is mapped?
	 *
	 * @param addr_bits
	 *   Filled with the address bits that the device has as far as the plugin
	 *   knows: 32 for those named by dma32=, otherwise 64.
	 * @return
	 *   0, or -ENODEV when it is not a vfio-pci device with an open window.
	 */
	int (*device)(const struct rte_device *dev, unsigned int *addr_bits);

	/**
	 * Who is asked for room; NULL: nobody. One at a time. The old one is not running
	 * any more when this returns; it must not wait for a lock that the caller holds.
	 */
	void (*set_reclaim)(vfio_spapr_dma_reclaim reclaim);
};

/** Type of the exported function. The table stays as long as the plugin is loaded. */
typedef const struct vfio_spapr_dma *(*vfio_spapr_dma_fn)(void);

#ifdef __cplusplus
}
#endif

#endif /* VFIO_SPAPR_DMA_H */
