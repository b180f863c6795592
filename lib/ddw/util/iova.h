/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef IOVA_H
#define IOVA_H

/*
 * Allocate bus addresses (IOVA) inside one range, lowest address first. Pure: no
 * system call but memory allocation. Every address and length is a whole number of
 * IOMMU pages, and no length is 0. Private to libddw; the caller serialises.
 */

#include <stdbool.h>
#include <stdint.h>

struct ddw_iova {
	uint64_t start;		 /* first bus address */
	uint64_t pages;		 /* pages in the range */
	uint64_t free;		 /* pages not allocated */
	uint64_t hint;		 /* no page below this one is free */
	uint64_t *map;		 /* one bit per page, 1 = allocated */
	unsigned int page_shift; /* log2 of the page size, 12 to 40 */
};

/*
 * Set up an allocator for [start, start + size). 0; -EINVAL on a misaligned, empty
 * or wrapping range; -ENOMEM.
 */
int ddw_iova_init(struct ddw_iova *a, uint64_t start, uint64_t size, unsigned int page_shift);

/* Release the memory of an allocator. Harmless when it is all zero. */
void ddw_iova_fini(struct ddw_iova *a);

/*
 * Allocate contiguous addresses at a multiple of "align", a power of two; less than a page
 * is no condition. 0; -EINVAL on a bad length or alignment; -ENOSPC.
 */
int ddw_iova_alloc_aligned(struct ddw_iova *a, uint64_t len, uint64_t align, uint64_t *iova);

/* Find such addresses with the last one below "limit", too; 0 is no limit. Take nothing. */
int ddw_iova_find_below(const struct ddw_iova *a, uint64_t len, uint64_t align, uint64_t limit,
			uint64_t *iova);

/* Allocate those. */
int ddw_iova_alloc_below(struct ddw_iova *a, uint64_t len, uint64_t align, uint64_t limit,
			 uint64_t *iova);

/* Could [iova, iova + len) be allocated? */
bool ddw_iova_is_free(const struct ddw_iova *a, uint64_t iova, uint64_t len);

/*
 * Allocate [iova, iova + len). 0; -EINVAL misaligned or empty; -ERANGE not inside the
 * range; -EEXIST when a page of it is allocated already.
 */
int ddw_iova_alloc_at(struct ddw_iova *a, uint64_t iova, uint64_t len);

/*
 * Free what was allocated together, a part of it, or several adjacent ones. 0; -EINVAL
 * misaligned or empty; -ERANGE not inside the range; -ENOENT when a page of it is not
 * allocated, then nothing is freed.
 */
int ddw_iova_free(struct ddw_iova *a, uint64_t iova, uint64_t len);

/* Bytes that can be allocated in blocks with that alignment, which is not larger; powers of two. */
uint64_t ddw_iova_room(const struct ddw_iova *a, uint64_t block, uint64_t align);

/* Bytes that are not allocated. */
uint64_t ddw_iova_free_bytes(const struct ddw_iova *a);

#endif /* IOVA_H */
