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
 * The ledger inside is the only caller of REGISTER_MEMORY, MAP_DMA, UNMAP_DMA
 * and UNREGISTER_MEMORY. It checks every bound, because the kernel does not.
 *
 * Thread safety: calls on one space may come from any thread, they are
 * serialised by a mutex of the space. The kernel accepts them only from the
 * process that created the space (tce_iommu_mm_set()).
 */

#include <stdbool.h>
#include <stdint.h>

#include "ddw_error.h"
#include "ddw_plan.h"
#include "ddw_sys.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ddw_space;

/** The ioctls that are counted. */
enum ddw_op {
	DDW_OP_SET_CONTAINER,
	DDW_OP_SET_IOMMU,
	DDW_OP_GET_INFO,
	DDW_OP_CREATE,
	DDW_OP_REMOVE,
	DDW_OP_REGISTER,
	DDW_OP_UNREGISTER,
	DDW_OP_MAP,
	DDW_OP_UNMAP,
	DDW_OP_COUNT
};

/** Name of a counted ioctl, such as "MAP_DMA". */
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
	uint64_t free_bytes;		       /**< room left in the window */
	uint64_t extents;		       /**< entries of the ledger */
	uint64_t regions;		       /**< registrations held */
};

/** One group of a space. */
struct ddw_group_info {
	int number;		 /**< IOMMU group number */
	char name[64];		 /**< for messages */
	bool usable;		 /**< attached, with an open window */
	struct ddw_caps caps;	 /**< what GET_INFO said */
	uint64_t start;		 /**< window: first bus address */
	uint64_t size;		 /**< window: bytes */
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
 * Put a group into a container and select sPAPR v2.
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
 *   Group with no container. Stays the caller's, like the container.
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

/** Groups attached so far, refused and lost ones included. */
unsigned int ddw_space_n_groups(struct ddw_space *space);

/**
 * State of one group.
 *
 * @return
 *   0, or -ENOENT when there is no such index.
 */
int ddw_space_group(struct ddw_space *space, unsigned int index, struct ddw_group_info *info);

/**
 * Fill the groups of a plan's input from the groups attached.
 * The order of the plan's groups is that of the indices.
 */
void ddw_space_caps(struct ddw_space *space, struct ddw_plan_input *in);

/**
 * Create the windows of a plan.
 *
 * CREATE is issued once per group; only EINVAL, which on pSeries means that the
 * firmware has no block that large, is tried again with half the size, down to
 * the plan's min_size. A group whose window cannot be created, or does not
 * start where the first one does, becomes unusable and its error is kept.
 *
 * @param space
 *   Space with groups.
 * @param plan
 *   Plan from ddw_plan_make() on ddw_space_caps().
 * @param errors
 *   Array of one error per group, filled for those that became unusable; may be NULL.
 * @return
 *   Number of usable groups; a negative errno when there is none; -EALREADY,
 *   without an error, when the windows are open already.
 * Source: VFIO_IOMMU_SPAPR_TCE_CREATE, VFIO_IOMMU_SPAPR_TCE_REMOVE.
 */
int ddw_space_open_windows(struct ddw_space *space, const struct ddw_plan *plan,
			   struct ddw_error *errors);

/**
 * Range of bus addresses that all usable groups reach.
 *
 * @return
 *   0, or -ENODEV while no window is open.
 */
int ddw_space_range(struct ddw_space *space, uint64_t *start, uint64_t *size);

/** log2 of the granule of the space: the largest IOMMU page of its groups. */
unsigned int ddw_space_page_shift(struct ddw_space *space);

/**
 * Register memory, and map it at one contiguous run of bus addresses, in all
 * groups or in none.
 *
 * @param space
 *   Space with open windows.
 * @param vaddr
 *   Address of the memory, which must be populated.
 * @param len
 *   Bytes; like @p vaddr a multiple of the space's page.
 * @param piece
 *   Size of the pieces in which the memory may be freed later: each is
 *   registered by itself, because UNREGISTER takes only what was registered.
 *   0 when all of it is freed at once.
 * @param iova
 *   Filled with the first bus address.
 * @param err
 *   Filled on failure.
 * @return
 *   0; -EINVAL (DDW-bad-range); -ENOSPC (DDW-window-full): no hole of that
 *   length; -EEXIST (DDW-memory-overlap); -ENODEV no window open; -ENOMEM and
 *   others (DDW-register-failed, DDW-map-failed). After a failure nothing stays
 *   mapped; if the kernel refuses even to unmap, the ledger keeps what it still
 *   maps, so that ddw_space_unmap() and ddw_space_release() say so. Memory whose
 *   release the kernel cannot confirm is never mapped again.
 */
int ddw_space_map(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece,
		  uint64_t *iova, struct ddw_error *err);

/**
 * Take memory out of the reach of all groups: unmap everywhere, then
 * unregister everywhere. Only after that may it be given back to the system.
 *
 * @param space
 *   Space.
 * @param vaddr
 *   First address, aligned to the space's page.
 * @param len
 *   Bytes. The range may be a part of what was mapped at once, or span several
 *   mappings; parts that are not mapped are passed over. Memory registered as
 *   one piece stays pinned until the last part of it is unmapped.
 * @param unmapped
 *   Filled with the bytes that were unmapped; may be NULL.
 * @param err
 *   Filled on failure.
 * @return
 *   0, or a negative errno when a group still reaches some of it, or when it
 *   is out of reach but the kernel did not unregister it and keeps it pinned
 *   (DDW-unmap-failed); that part keeps its bus addresses.
 */
int ddw_space_unmap(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t *unmapped,
		    struct ddw_error *err);

/**
 * Bus address of mapped memory.
 *
 * @return
 *   0, or -ENOENT when @p vaddr is not mapped.
 */
int ddw_space_lookup(struct ddw_space *space, uint64_t vaddr, uint64_t *iova);

/**
 * A bus address at which nothing is mapped, and never will be: what to write
 * into a page that could not be mapped, so that a device stops on it instead of
 * reaching memory of somebody else.
 *
 * Where all groups kept their default window it is the top of that window, which
 * this library leaves empty: a table entry that is known to be invalid is safer
 * than an address beyond a table, which some bridges wrap around. Otherwise it is
 * above all windows, and another one at each call.
 *
 * @param len
 *   Bytes from there on at which nothing must be mapped.
 */
uint64_t ddw_space_poison(struct ddw_space *space, uint64_t len);

/**
 * Ask the kernel whether the group is still in its container. It is not after
 * EAL closed the last device of the group; the kernel has then dropped its
 * windows, mappings and registrations, and the ledger forgets them too.
 *
 * @return
 *   True when the group is usable.
 */
bool ddw_space_group_alive(struct ddw_space *space, unsigned int index);

/** Counters. */
void ddw_space_get_stats(struct ddw_space *space, struct ddw_space_stats *stats);

/**
 * Unmap and unregister everything.
 *
 * @return
 *   0, or the first failure; what could be released is released all the same.
 */
int ddw_space_release(struct ddw_space *space, struct ddw_error *err);

/** Free a space. Does not touch the kernel: call ddw_space_release() first. */
void ddw_space_destroy(struct ddw_space *space);

#ifdef __cplusplus
}
#endif

#endif /* DDW_SPACE_H */
