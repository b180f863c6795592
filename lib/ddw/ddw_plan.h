/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_PLAN_H
#define DDW_PLAN_H

/**
 * @file
 * Decide which DMA window each IOMMU group gets.
 *
 * Pure: what the kernel and the user said goes in, a plan comes out; nothing
 * is tried. That matters because a CREATE that fails can disable dynamic
 * windows for its PE until the next reboot.
 *
 * Thread safety: any thread, on different objects.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ddw_error.h"
#include "ddw_sys.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Groups that one plan can hold (DPDK's RTE_MAX_VFIO_GROUPS). */
#define DDW_MAX_GROUPS 64
/** Different hugepage sizes that one plan can hold. */
#define DDW_MAX_HUGEPAGE_SIZES 8

/**
 * What VFIO_IOMMU_SPAPR_TCE_GET_INFO says of a group.
 * Source: struct vfio_iommu_spapr_tce_info in linux/vfio.h; the values are
 * those of tce_iommu_ioctl() in drivers/vfio/vfio_iommu_spapr_tce.c.
 */
struct ddw_caps {
	uint32_t dma32_start; /**< default window: bus address */
	uint32_t dma32_size;  /**< default window: bytes */
	uint64_t pgsizes;     /**< IOMMU pages offered, bit n = 2^n bytes */
	uint32_t max_windows; /**< dynamic windows; UINT32_MAX when there are none */
	uint32_t levels;      /**< TCE table levels at the most; 0 and 1 mean one */
	bool v1;	      /**< the container runs sPAPR v1: the default window only */
};

/** Memory of one hugepage size. */
struct ddw_plan_memory {
	uint64_t page_size;   /**< bytes */
	uint64_t exist_bytes; /**< hugepages that exist on the machine */
	uint64_t start_bytes; /**< of these, mapped at start */
};

/** Which windows the memory is in. */
enum ddw_mode {
	DDW_MODE_AUTO,	/**< not decided; as a wish: dynamic windows, else the default windows */
	DDW_MODE_DDW,	/**< dynamic windows, mapped once */
	DDW_MODE_DMA32, /**< the default windows, mapped on demand */
};

/** What the user asked for; 0 means: decide for me. */
struct ddw_plan_wishes {
	enum ddw_mode mode;   /**< windows that are allowed */
	uint64_t page_size;   /**< IOMMU page in bytes, a power of two */
	uint64_t window_size; /**< window in bytes, a power of two */
	bool low;	      /**< dynamic windows at bus address 0 (PowerNV) */
	bool mismatch_dma32;  /**< groups that differ: all to the default windows */
};

/** A group as it enters the plan. */
struct ddw_plan_group {
	int number;	      /**< IOMMU group number */
	char name[64];	      /**< for messages: "group 3 (0001:00:00.0)" */
	struct ddw_caps caps; /**< what GET_INFO said */
	bool dma32;	      /**< a device of it reaches 32 address bits only */
};

/** Everything that a plan depends on. */
struct ddw_plan_input {
	struct ddw_plan_group groups[DDW_MAX_GROUPS];	       /**< groups to serve */
	unsigned int n_groups;				       /**< entries in groups */
	struct ddw_plan_memory memory[DDW_MAX_HUGEPAGE_SIZES]; /**< memory by page size */
	unsigned int n_memory;				       /**< entries in memory */
	struct ddw_plan_wishes wishes;			       /**< the user's wishes */
	struct ddw_memlock memlock;			       /**< locked-memory limit */
};

/** The window of one group. */
struct ddw_plan_window {
	bool accepted;		 /**< false: see error, the other members are 0 */
	bool remove_default;	 /**< remove the default window before CREATE */
	unsigned int page_shift; /**< log2 of the IOMMU page */
	unsigned int levels;	 /**< TCE table levels to ask for */
	uint64_t table_bytes;	 /**< locked memory that its tables are charged */
	char reason[192];	 /**< why this window, in words */
	struct ddw_error error;	 /**< why the group was refused */
};

/** A plan. All accepted groups get windows of the same size. */
struct ddw_plan {
	enum ddw_mode mode;	  /**< which windows; not DDW_MODE_AUTO */
	bool low;		  /**< window=low was asked for */
	char fallback[256];	  /**< why not dynamic windows; empty when they are not missed */
	uint64_t start;		  /**< first bus address; known beforehand in DMA32 mode only */
	uint64_t size;		  /**< bytes of the window */
	uint64_t min_size;	  /**< smallest size that holds the memory at start */
	uint64_t hole_start;	  /**< bus addresses not used in a window at 0: first one */
	uint64_t hole_size;	  /**< bytes of that hole */
	uint64_t align;		  /**< alignment of memory in the window, bytes */
	unsigned int align_shift; /**< log2 of the largest IOMMU page of any group */
	uint64_t start_bytes;	  /**< memory to map at start */
	uint64_t memlock_needed;  /**< locked memory needed at start, in bytes */
	unsigned int n_accepted;  /**< groups accepted */
	struct ddw_plan_window windows[DDW_MAX_GROUPS]; /**< same order as the groups */
};

/**
 * No smaller window is created, though less of it may be used, bytes. Kernels ask for
 * windows as large as memory, so no firmware is known to make small ones, and one that
 * fails to make a window has disabled the PE. The table takes 4 KiB with pages of 2M.
 */
#define DDW_WINDOW_LEAST (UINT64_C(1) << 30)

/** Largest alignment that memory gets in a window, bytes. */
#define DDW_ALIGN_MAX (UINT64_C(16) << 20)

/**
 * Plan the windows of all groups.
 *
 * A group that cannot be served is refused alone, with its own error, and the
 * others are planned without it. In the mode DDW_MODE_AUTO the default windows
 * are planned when no group has a dynamic window, when most have none, and when
 * the memlock limit forbids their tables; plan->fallback then says why.
 *
 * @param in
 *   Input.
 * @param plan
 *   Filled, also on failure as far as the reasons go.
 * @param err
 *   Filled on failure.
 * @return
 *   0 when at least one group was accepted, else a negative errno:
 *   -EINVAL invalid wishes, or memory that does not fit the window,
 *   -ENOENT no hugepages, -ENOMEM memlock limit, -ENODEV no group left (the
 *   error is that of the first one refused).
 */
int ddw_plan_make(const struct ddw_plan_input *in, struct ddw_plan *plan, struct ddw_error *err);

#ifdef __cplusplus
}
#endif

#endif /* DDW_PLAN_H */
