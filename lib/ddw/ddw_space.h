/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_SPACE_H
#define DDW_SPACE_H

/**
 * @file
 * A DMA address space: IOMMU groups, each in a container of its own, whose
 * windows share one layout of bus addresses, and the memory mapped in them.
 *
 * Life of a space:
 *
 *   ddw_space_create
 *   ddw_space_attach          for each group
 *   ddw_space_open_windows    once, with a plan made from ddw_space_caps()
 *   ddw_space_map / ddw_space_unmap
 *   ddw_space_release         unmaps and unregisters everything
 *   ddw_space_destroy
 *
 * Memory is mapped and unmapped with the calls of ddw_map.h. The ledger inside is the
 * only caller of REGISTER_MEMORY, MAP_DMA, UNMAP_DMA and UNREGISTER_MEMORY. It checks
 * every bound, because the kernel does not.
 *
 * Thread safety: calls on one space may come from any thread, they are
 * serialised by a mutex of the space. The kernel accepts them only from the
 * process that created the space (tce_iommu_mm_set()). In a child of fork() all
 * that changes windows or mappings fails with DDW-forked, without a call into the
 * kernel; ddw_space_release() forgets what the parent has. What only reads works
 * if no other thread was inside a call at the moment of the fork.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ddw_error.h"
#include "ddw_plan.h"
#include "ddw_sys.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A DMA address space; opaque. */
struct ddw_space;

/** The ioctls that are counted. */
enum ddw_op {
	DDW_OP_SET_CONTAINER, /**< VFIO_GROUP_SET_CONTAINER */
	DDW_OP_SET_IOMMU,     /**< VFIO_SET_IOMMU */
	DDW_OP_GET_INFO,      /**< VFIO_IOMMU_SPAPR_TCE_GET_INFO */
	DDW_OP_CREATE,	      /**< VFIO_IOMMU_SPAPR_TCE_CREATE */
	DDW_OP_REMOVE,	      /**< VFIO_IOMMU_SPAPR_TCE_REMOVE */
	DDW_OP_REGISTER,      /**< VFIO_IOMMU_SPAPR_REGISTER_MEMORY */
	DDW_OP_UNREGISTER,    /**< VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY */
	DDW_OP_MAP,	      /**< VFIO_IOMMU_MAP_DMA */
	DDW_OP_UNMAP,	      /**< VFIO_IOMMU_UNMAP_DMA */
	DDW_OP_ENABLE,	      /**< VFIO_IOMMU_ENABLE, sPAPR v1 */
	DDW_OP_DISABLE,	      /**< VFIO_IOMMU_DISABLE, sPAPR v1 */
	DDW_OP_COUNT	      /**< number of them */
};

/**
 * Get the name of a counted ioctl.
 *
 * @param op
 *   Which one.
 * @return
 *   A constant string such as "MAP_DMA".
 */
const char *ddw_op_name(enum ddw_op op);

/** Cost of one kind of ioctl. */
struct ddw_op_stats {
	uint64_t calls;	  /**< ioctls issued */
	uint64_t errors;  /**< of these, failed */
	uint64_t ns;	  /**< time inside, nanoseconds */
	uint64_t longest; /**< longest one, nanoseconds */
};

/** State of a space. */
struct ddw_space_stats {
	struct ddw_op_stats ops[DDW_OP_COUNT]; /**< ioctls, over all groups */
	uint64_t mapped_bytes;		       /**< memory mapped now */
	uint64_t mapped_pages;		       /**< the same in pages of its range */
	uint64_t free_bytes;		       /**< room left in the window */
	uint64_t extents;		       /**< entries of the ledger */
	uint64_t regions;		       /**< registrations held */
	uint64_t dropped;		       /**< REGISTERs that went with their group */
};

/** Which kind of container a group gets. */
enum ddw_iommu {
	DDW_IOMMU_AUTO, /**< sPAPR v2, else v1 */
	DDW_IOMMU_V2,	/**< sPAPR v2: dynamic windows, memory registered beforehand */
	DDW_IOMMU_V1,	/**< sPAPR v1: the default window only */
};

/** The ranges of bus addresses that all groups of a space share. */
enum ddw_range_id {
	DDW_RANGE_MAIN,	 /**< where hugepage memory is */
	DDW_RANGE_SMALL, /**< default window beside dynamic ones: memory of small pages */
};
/** Members of enum ddw_range_id. */
#define DDW_RANGES 2

/** A range of bus addresses. */
struct ddw_window_info {
	uint64_t start;		 /**< first bus address */
	uint64_t size;		 /**< bytes */
	uint64_t free_bytes;	 /**< bytes not given out */
	unsigned int page_shift; /**< log2 of the largest IOMMU page of any group in it */
};

/** One group of a space. */
struct ddw_group_info {
	int number;		 /**< IOMMU group number */
	char name[64];		 /**< for messages */
	bool usable;		 /**< attached, with an open window */
	struct ddw_caps caps;	 /**< what GET_INFO said */
	uint64_t start;		 /**< window: first bus address */
	uint64_t size;		 /**< window: bytes */
	uint64_t planned;	 /**< window: bytes that were planned; firmware may have fewer */
	unsigned int page_shift; /**< window: log2 of the page */
	unsigned int levels;	 /**< window: TCE table levels */
	bool default_kept;	 /**< the default window still exists */
};

/**
 * Create an empty space.
 *
 * @param sys
 *   Calls into the kernel; must stay valid as long as the space.
 * @param err
 *   Filled on failure.
 * @return
 *   The space, or NULL (DDW-no-memory).
 */
struct ddw_space *ddw_space_create(const struct ddw_sys *sys, struct ddw_error *err);

/**
 * Check that this process may change the space: not a child of fork().
 *
 * @param space
 *   Space.
 * @param err
 *   Filled on failure: DDW-forked.
 * @return
 *   0, or -EPERM in another process than the one that created the space.
 */
int ddw_space_check_process(const struct ddw_space *space, struct ddw_error *err);

/**
 * Choose the kind of container for groups that are attached from now on.
 * DDW_IOMMU_AUTO when it is not called.
 *
 * @param space
 *   Space.
 * @param iommu
 *   Kind of container.
 */
void ddw_space_choose_iommu(struct ddw_space *space, enum ddw_iommu iommu);

/** Descriptor of a group whose owner has put it into a container of sPAPR v2, and takes it out. */
#define DDW_GROUP_ATTACHED (-4096)

/**
 * Put a group into a container and select sPAPR v2, or v1.
 *
 * @param space
 *   Space; its windows must not be open yet.
 * @param number
 *   Group number.
 * @param name
 *   Name for messages, cut to 63 characters.
 * @param container_fd
 *   Container with no group in it. Stays the caller's: close it after
 *   ddw_space_release().
 * @param group_fd
 *   Group with no container, or DDW_GROUP_ATTACHED. Stays the caller's, like the container.
 * @param err
 *   Filled on failure.
 * @return
 *   Index of the group in this space, or a negative errno. After a failure the
 *   group is out of the container again, unless the error says otherwise.
 * Source: VFIO_GROUP_SET_CONTAINER, VFIO_SET_IOMMU, VFIO_IOMMU_SPAPR_TCE_GET_INFO;
 * tce_iommu_attach_group(). One group per container, because pSeries allows no
 * more, and because detaching one group wipes the mappings of the others.
 */
int ddw_space_attach(struct ddw_space *space, int number, const char *name, int container_fd,
		     int group_fd, struct ddw_error *err);

/**
 * Count the groups attached so far, refused and lost ones included.
 *
 * @param space
 *   Space.
 * @return
 *   Number of groups; their indices are below it.
 */
unsigned int ddw_space_n_groups(struct ddw_space *space);

/**
 * Read the state of one group.
 *
 * @param space
 *   Space.
 * @param index
 *   Index of the group, as ddw_space_attach() returned it.
 * @param info
 *   Filled.
 * @return
 *   0, or -ENOENT when there is no such index.
 */
int ddw_space_group(struct ddw_space *space, unsigned int index, struct ddw_group_info *info);

/**
 * Fill in the attached groups in the input of a plan.
 * The order of the plan's groups is that of the indices.
 *
 * @param space
 *   Space with groups.
 * @param in
 *   Its groups and their number are filled; the rest stays as it is.
 */
void ddw_space_caps(struct ddw_space *space, struct ddw_plan_input *in);

/**
 * Create the windows of a plan.
 *
 * CREATE is issued once per group; only EINVAL, which on pSeries means that the
 * firmware has no block that large, is tried again with half the size, down to
 * the plan's min_size, and then without the default window. On PowerNV ENOMEM is
 * tried again once, with one more level of the table. No window of less than
 * DDW_WINDOW_LEAST is asked for; of that only what was planned is used. A group
 * whose window cannot be created, or starts elsewhere, is not usable; see @p errors.
 *
 * @param space
 *   Space with groups.
 * @param plan
 *   Plan from ddw_plan_make() on ddw_space_caps().
 * @param errors
 *   Array of one error per group, filled for those that became unusable; may be NULL.
 *   DDW-forked is in the first one.
 * @return
 *   Number of usable groups; a negative errno when there is none; -EALREADY,
 *   without an error, when the windows are open already.
 * Source: VFIO_IOMMU_SPAPR_TCE_CREATE, VFIO_IOMMU_SPAPR_TCE_REMOVE.
 */
int ddw_space_open_windows(struct ddw_space *space, const struct ddw_plan *plan,
			   struct ddw_error *errors);

/**
 * Plan the windows and create them, with the default windows as the last resort.
 *
 * With DDW_MODE_AUTO the default windows are used when no dynamic window could be
 * created, too; with mismatch_dma32 also when only some could, or when they
 * differ. plan->fallback then says why.
 *
 * @param space
 *   Space with groups.
 * @param in
 *   Memory and wishes; the groups are filled in by ddw_space_caps(), but for their
 *   member dma32, which is the caller's. The memlock limit is read here.
 * @param plan
 *   Filled with the plan that was carried out.
 * @param errors
 *   Array of one error per group, filled for those that are not usable.
 * @param err
 *   Filled when there is no plan.
 * @return
 *   Number of usable groups, or a negative errno when there is none.
 */
int ddw_space_open(struct ddw_space *space, struct ddw_plan_input *in, struct ddw_plan *plan,
		   struct ddw_error *errors, struct ddw_error *err);

/**
 * Open a space that has no group yet, for groups that join later.
 *
 * Bus addresses are given out before any window exists, so the windows are
 * expected where both platforms put them: dynamic ones at 1 << 59, default ones
 * at 0 with 1 GiB at least. A group whose windows are elsewhere cannot join.
 *
 * @param space
 *   Space without groups.
 * @param in
 *   Memory and wishes; without groups. The memlock limit is read here.
 * @param plan
 *   Filled.
 * @param err
 *   Filled on failure.
 * @return
 *   0 or a negative errno, as ddw_plan_make(); -EALREADY.
 */
int ddw_space_open_empty(struct ddw_space *space, struct ddw_plan_input *in, struct ddw_plan *plan,
			 struct ddw_error *err);

/**
 * Attach a group while windows are open: one that is new, or one that had left its
 * container, because its last device was closed, and is back. It gets the same
 * window again, and all memory is mapped at the bus addresses that it has. When it has no
 * default window, DDW_RANGE_SMALL is given up if nothing is mapped there.
 *
 * @param space
 *   Space with open windows.
 * @param number
 *   Group number.
 * @param name
 *   Name for messages.
 * @param container_fd
 *   Container with no group in it.
 * @param group_fd
 *   Group with no container, or DDW_GROUP_ATTACHED.
 * @param err
 *   Filled on failure.
 * @return
 *   Index of the group, or a negative errno. After a failure the group is out of
 *   the container again, and the other groups are as they were. DDW_GROUP_ATTACHED: its
 *   owner must close it, which drops what was made in the container. When the space has
 *   had DDW_MAX_GROUPS groups, the index is that of one that is not usable any more.
 */
int ddw_space_join(struct ddw_space *space, int number, const char *name, int container_fd,
		   int group_fd, struct ddw_error *err);

/**
 * Report which windows the memory is in.
 *
 * @param space
 *   Space.
 * @return
 *   Dynamic or default windows; DDW_MODE_AUTO before they are open.
 */
enum ddw_mode ddw_space_mode(struct ddw_space *space);

/**
 * Read the state of one range of bus addresses.
 *
 * @param space
 *   Space.
 * @param which
 *   The range.
 * @param info
 *   Filled.
 * @return
 *   0, or -ENOENT when there is no such range now.
 */
int ddw_space_window(struct ddw_space *space, enum ddw_range_id which,
		     struct ddw_window_info *info);

/**
 * Ask the kernel whether the group is still in its container. It is not after
 * EAL closed the last device of the group; the kernel has then dropped its
 * windows, mappings and registrations, and the ledger forgets them too.
 *
 * @param space
 *   Space.
 * @param index
 *   Index of the group.
 * @return
 *   True when the group is usable.
 */
bool ddw_space_group_alive(struct ddw_space *space, unsigned int index);

/**
 * Read the counters of a space.
 *
 * @param space
 *   Space.
 * @param stats
 *   Filled.
 */
void ddw_space_get_stats(struct ddw_space *space, struct ddw_space_stats *stats);

/**
 * Unmap and unregister everything, pinned or not. In a child of fork(): forget it,
 * without a call into the kernel, and return 0.
 *
 * @param space
 *   Space.
 * @param err
 *   Filled with the first failure.
 * @return
 *   0, or the first failure; what could be released is released all the same.
 */
int ddw_space_release(struct ddw_space *space, struct ddw_error *err);

/**
 * Free a space. Does not touch the kernel: call ddw_space_release() first.
 *
 * @param space
 *   Space, or NULL.
 */
void ddw_space_destroy(struct ddw_space *space);

#ifdef __cplusplus
}
#endif

#endif /* DDW_SPACE_H */
