/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_MAP_H
#define DDW_MAP_H

/**
 * @file
 * Map, unmap and look up the memory of a DMA address space.
 *
 * Thread safety: any thread, see ddw_space.h. Addresses and lengths are bytes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ddw_error.h"
#include "ddw_space.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Register memory, and map it at one contiguous run of bus addresses, in all
 * groups or in none. While all groups are away only the addresses are chosen;
 * ddw_space_join() maps the memory there.
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
 *   maps, so that ddw_space_unmap() and ddw_space_release() say so. Memory that the
 *   kernel may still hold is in quarantine: it is mapped again only after the kernel has
 *   let a page of it be registered anew, which it refuses as long as it has the old region.
 */
int ddw_space_map(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece,
		  uint64_t *iova, struct ddw_error *err);

/** Map at the bus address that the mapping names. */
#define DDW_MAP_FIXED 1u
/** The bus addresses were taken with ddw_space_reserve_memory() or ddw_space_reserve(). */
#define DDW_MAP_RESERVED 2u
/**
 * The memory was registered with ddw_space_pin(), and stays registered when it is
 * unmapped. piece does not count.
 */
#define DDW_MAP_PINNED 4u
/**
 * Bus addresses of the default window, whatever pages the memory has: DDW_RANGE_SMALL,
 * or DDW_RANGE_MAIN where there are no dynamic windows.
 */
#define DDW_MAP_DEFAULT_WINDOW 8u

/** A question to ddw_space_fits() only: without a limit each page may lie by itself. */
#define DDW_MAP_SCATTERED 16u

/** A request to ddw_space_map_memory(). */
struct ddw_mapping {
	uint64_t vaddr;	    /**< address of the memory, which must be populated */
	uint64_t len;	    /**< bytes */
	uint64_t piece;	    /**< as in ddw_space_map() */
	uint64_t page_size; /**< page of the memory, bytes; 0: no smaller than the window's */
	uint64_t iova;	    /**< first bus address: filled, or given with a flag */
	unsigned int flags; /**< DDW_MAP_... */
	uint64_t limit;	    /**< all bus addresses are below; 0: none */
};

/**
 * Register and map memory, as ddw_space_map(), with more to choose.
 *
 * Memory whose pages are smaller than the IOMMU page of DDW_RANGE_MAIN goes to
 * DDW_RANGE_SMALL. Bus addresses are aligned to the page of the memory, up to
 * DDW_ALIGN_MAX.
 *
 * @param space
 *   Space with open windows.
 * @param m
 *   What to map; iova is filled.
 * @param err
 *   Filled on failure.
 * @return
 *   As ddw_space_map(); -ENOTSUP (DDW-small-pages) when no range takes pages of
 *   that size, or (DDW-pool-window) when there is no default window; -ERANGE
 *   (DDW-bad-iova) when iova is in no range, misaligned, in use or not below the limit;
 *   -EINVAL (DDW-bad-range) when memory is to be pinned and is not, or in pieces that
 *   are smaller than the IOMMU pages. After a failure what was reserved is given back,
 *   unless it is in use.
 */
int ddw_space_map_memory(struct ddw_space *space, struct ddw_mapping *m, struct ddw_error *err);

/**
 * Ask whether ddw_space_map_memory() has room for a mapping: it chooses the range and the
 * bus addresses in the same way, but takes nothing. The kernel may refuse it all the same.
 *
 * @param space
 *   Space with open windows.
 * @param m
 *   The mapping; vaddr is 0 while it is not known which memory it will be. What is
 *   registered is looked at only if it is known: see there for memory in quarantine.
 * @param err
 *   Filled when it does not fit.
 * @return
 *   0, or what ddw_space_map_memory() would return.
 */
int ddw_space_fits(struct ddw_space *space, const struct ddw_mapping *m, struct ddw_error *err);

/**
 * Reserve the bus addresses of a mapping, to be made with DDW_MAP_RESERVED.
 *
 * @param space
 *   Space with open windows.
 * @param m
 *   The mapping, see ddw_space_fits(); iova is filled.
 * @param err
 *   Filled on failure.
 * @return
 *   0, or what ddw_space_map_memory() would return; then nothing is reserved.
 */
int ddw_space_reserve_memory(struct ddw_space *space, struct ddw_mapping *m, struct ddw_error *err);

/**
 * Register memory in all groups, to be mapped and unmapped piece by piece with
 * DDW_MAP_PINNED: that saves the time to pin it each time. While all groups are away
 * it is only noted, and ddw_space_join() registers it. sPAPR v1 pins when it maps.
 *
 * @param space
 *   Space with open windows.
 * @param vaddr, len
 *   Memory, which must be populated and stay as it is until ddw_space_unpin(): a
 *   multiple of the kernel's page, and of the smallest page of the ranges.
 * @param piece
 *   Bytes that are registered together, and can be unpinned by themselves; such a
 *   multiple too, and of the IOMMU page with which it will be mapped. 0: all in one.
 * @param err
 *   Filled on failure.
 * @return
 *   0; -EINVAL (DDW-bad-range); -EEXIST (DDW-memory-overlap); -ENODEV no window open;
 *   -ENOMEM (DDW-register-failed: the memlock limit, or DDW-no-memory) and others
 *   (DDW-register-failed). After a failure nothing stays registered.
 * Source: VFIO_IOMMU_SPAPR_REGISTER_MEMORY.
 */
int ddw_space_pin(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece,
		  struct ddw_error *err);

/**
 * Unregister memory in all groups. Only after that may it be given back to the system.
 *
 * @param space
 *   Space.
 * @param vaddr, len
 *   Whole pieces, bytes. Memory that is not pinned is passed over.
 * @param err
 *   Filled on failure.
 * @return
 *   0; -EINVAL (DDW-bad-range), also when a piece lies in it only in part; -EBUSY
 *   (DDW-bad-range) while some of it is mapped, and then nothing was changed; another
 *   negative errno when the kernel did not let go of some of it (DDW-unmap-failed):
 *   memory at these addresses is in quarantine, see ddw_space_map(), and is pinned no
 *   more for the other calls.
 */
int ddw_space_unpin(struct ddw_space *space, uint64_t vaddr, uint64_t len, struct ddw_error *err);

/**
 * Check whether the memory at an address is pinned with ddw_space_pin().
 *
 * @param space
 *   Space.
 * @param vaddr
 *   Virtual address.
 * @return
 *   true when it is.
 */
bool ddw_space_pinned(struct ddw_space *space, uint64_t vaddr);

/**
 * Reserve bus addresses of DDW_RANGE_MAIN without mapping anything there.
 *
 * @param space
 *   Space.
 * @param len
 *   Bytes, a multiple of the window's page.
 * @param align
 *   Bytes, a power of two.
 * @param iova
 *   Filled with the first bus address.
 * @return
 *   0, -ENOSPC when no hole is long enough, -EINVAL, -ENODEV without window.
 */
int ddw_space_reserve(struct ddw_space *space, uint64_t len, uint64_t align, uint64_t *iova);

/**
 * Report how much memory DDW_RANGE_MAIN still takes: less than what is free where smaller
 * pages lie scattered.
 *
 * @param space
 *   Space.
 * @param page_size
 *   Pages of that memory, bytes.
 * @return
 *   Bytes.
 */
uint64_t ddw_space_room(struct ddw_space *space, uint64_t page_size);

/**
 * Release bus addresses that were reserved, and at which nothing was mapped.
 *
 * @param space
 *   Space.
 * @param iova
 *   First bus address, a multiple of the window's page.
 * @param len
 *   Bytes, such a multiple too.
 */
void ddw_space_unreserve(struct ddw_space *space, uint64_t iova, uint64_t len);

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
 *   one piece stays pinned until the last part of it is unmapped; what was pinned
 *   with ddw_space_pin() stays so, and must not be given back.
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
 * Translate an address of mapped memory to its bus address.
 *
 * @param space
 *   Space.
 * @param vaddr
 *   Virtual address.
 * @param iova
 *   Filled with the bus address of that byte.
 * @return
 *   0, or -ENOENT when @p vaddr is not mapped in all groups.
 */
int ddw_space_lookup(struct ddw_space *space, uint64_t vaddr, uint64_t *iova);

/** Memory mapped at one contiguous run of bus addresses. */
struct ddw_extent {
	uint64_t vaddr;		 /**< address of the memory */
	uint64_t len;		 /**< bytes */
	uint64_t iova;		 /**< first bus address */
	uint64_t groups;	 /**< groups in which it is mapped, as a bit set of indices */
	unsigned int page_shift; /**< log2 of the page of its range */
};

/**
 * List what is mapped, by address. One call sees one state of the space; a list
 * that is read in several calls goes on where the last one ended, and is as true
 * as a changing list can be.
 *
 * @param space
 *   Space.
 * @param from
 *   List extents that end behind this address: 0 at first, then the end
 *   (vaddr + len) of the last one that was listed.
 * @param extents
 *   Filled, the lowest address first.
 * @param max
 *   Room in @p extents.
 * @return
 *   Extents filled; less than @p max at the end of the list.
 * Thread safety: any thread. The lock of the space is held for O(log n + max).
 */
unsigned int ddw_space_maps(struct ddw_space *space, uint64_t from, struct ddw_extent *extents,
			    unsigned int max);

/**
 * Translate addresses of memory that may be mapped in several pieces.
 *
 * @param space
 *   Space.
 * @param vaddr
 *   Where to look.
 * @param max
 *   Bytes that the caller wants to know of: a longer run may be reported shorter, but
 *   not shorter than that. It costs O(log n), and the pieces that are looked at.
 * @param iova
 *   Filled with the bus address of @p vaddr when it is mapped.
 * @param len
 *   Filled with the bytes from @p vaddr on that are mapped at consecutive bus
 *   addresses; with those that are not mapped when @p vaddr is not.
 * @return
 *   0, or -ENOENT when @p vaddr is not mapped in all groups.
 */
int ddw_space_lookup_run(struct ddw_space *space, uint64_t vaddr, uint64_t max, uint64_t *iova,
			 uint64_t *len);

/**
 * Choose a bus address at which nothing is mapped, and never will be: what to write
 * into a page that could not be mapped, so that a device stops on it instead of
 * reaching memory of another owner.
 *
 * It is the top page of DDW_RANGE_MAIN, which this library leaves empty, and the same for
 * all memory: a table entry that is known to be invalid is safer than an address beyond
 * a table, which some bridges wrap around. The page below is empty too, so that no mapped
 * memory ends where poison begins. Before windows are open it is above any window.
 *
 * @param space
 *   Space.
 * @return
 *   The bus address: the first byte of a page that is as large as the IOMMU page, and as
 *   the alignment of memory where the window has room for that.
 */
uint64_t ddw_space_poison(struct ddw_space *space);

#ifdef __cplusplus
}
#endif

#endif /* DDW_MAP_H */
