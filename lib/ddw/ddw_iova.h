/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_IOVA_H
#define DDW_IOVA_H

/**
 * @file
 * Allocator of bus addresses (IOVA) inside one range.
 *
 * Pure: no system call but memory allocation. Every address and length is a
 * whole number of IOMMU pages. An address stays allocated until it is freed.
 *
 * Thread safety: none, the caller serialises.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An allocator; treat the members as private. */
struct ddw_iova {
	uint64_t start;		 /**< first bus address */
	uint64_t pages;		 /**< pages in the range */
	uint64_t free;		 /**< pages not allocated */
	uint64_t hint;		 /**< no page below this one is free */
	uint64_t *map;		 /**< one bit per page, 1 = allocated */
	unsigned int page_shift; /**< log2 of the page size */
};

/**
 * Set up an allocator for [start, start + size).
 *
 * @param a
 *   Allocator to set up.
 * @param start
 *   First bus address, a multiple of the page.
 * @param size
 *   Bytes, a multiple of the page, not 0.
 * @param page_shift
 *   log2 of the page in bytes, 12 to 40.
 * @return
 *   0; -EINVAL on a misaligned, empty or wrapping range; -ENOMEM.
 */
int ddw_iova_init(struct ddw_iova *a, uint64_t start, uint64_t size, unsigned int page_shift);

/**
 * Release the allocator's own memory.
 *
 * @param a
 *   Allocator, or one that is all zero.
 */
void ddw_iova_fini(struct ddw_iova *a);

/**
 * Allocate a contiguous extent, lowest address first.
 *
 * @param a
 *   Allocator.
 * @param len
 *   Bytes, a multiple of the page, not 0.
 * @param iova
 *   Filled with the address.
 * @return
 *   0; -EINVAL on a bad length; -ENOSPC when no hole is long enough.
 */
int ddw_iova_alloc(struct ddw_iova *a, uint64_t len, uint64_t *iova);

/**
 * Allocate a contiguous extent at a multiple of @p align, lowest address first.
 *
 * @param a
 *   Allocator.
 * @param len
 *   Bytes, a multiple of the page, not 0.
 * @param align
 *   Bytes, a power of two; less than a page is no condition.
 * @param iova
 *   Filled with the address.
 * @return
 *   As ddw_iova_alloc(); -EINVAL also when @p align is no power of two.
 */
int ddw_iova_alloc_aligned(struct ddw_iova *a, uint64_t len, uint64_t align, uint64_t *iova);

/**
 * The same with all addresses below @p limit.
 *
 * @param a
 *   Allocator.
 * @param len
 *   Bytes, a multiple of the page, not 0.
 * @param align
 *   Bytes, a power of two; less than a page is no condition.
 * @param limit
 *   Bus address; 0: none.
 * @param iova
 *   Filled with the address.
 * @return
 *   As ddw_iova_alloc_aligned().
 */
int ddw_iova_alloc_below(struct ddw_iova *a, uint64_t len, uint64_t align, uint64_t limit,
			 uint64_t *iova);

/**
 * Allocate a given extent.
 *
 * @param a
 *   Allocator.
 * @param iova
 *   First bus address, a multiple of the page.
 * @param len
 *   Bytes, a multiple of the page, not 0.
 * @return
 *   0; -EINVAL misaligned or empty; -ERANGE not inside the range; -EEXIST when
 *   a page of it is allocated already.
 */
int ddw_iova_alloc_at(struct ddw_iova *a, uint64_t iova, uint64_t len);

/**
 * Free an extent, or any page-aligned part of one, or several adjacent ones.
 *
 * @param a
 *   Allocator.
 * @param iova
 *   First bus address, a multiple of the page.
 * @param len
 *   Bytes, a multiple of the page, not 0.
 * @return
 *   0; -EINVAL misaligned or empty; -ERANGE not inside the range; -ENOENT when
 *   a page of it is not allocated (then nothing is freed).
 */
int ddw_iova_free(struct ddw_iova *a, uint64_t iova, uint64_t len);

/**
 * How much can be had in blocks of @p align bytes at multiples of @p align.
 *
 * @param a
 *   Allocator.
 * @param align
 *   Bytes, a power of two.
 * @return
 *   Bytes.
 */
uint64_t ddw_iova_room(const struct ddw_iova *a, uint64_t align);

/**
 * How much is not allocated.
 *
 * @param a
 *   Allocator.
 * @return
 *   Bytes.
 */
uint64_t ddw_iova_free_bytes(const struct ddw_iova *a);

#ifdef __cplusplus
}
#endif

#endif /* DDW_IOVA_H */
