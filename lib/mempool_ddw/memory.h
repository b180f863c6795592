/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MEMORY_H
#define MEMORY_H

/*
 * Memory outside EAL's heaps: hugepages of a memfd, placed on a NUMA node, or memory
 * that the application has brought; registered with EAL as external memory. Nothing
 * here knows of windows or mempools.
 *
 * The address range is reserved as a whole; pages are taken and given back in parts.
 * Thread safety: none for one arena, the caller serialises; but bus addresses may be
 * written while another thread adds and removes other pages, with EAL's lock held, too.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_config.h>

#include <ddw.h>

struct rte_mempool_ddw_memory;

struct arena {
	char *base;
	uint64_t room;	    /* bytes reserved, a multiple of page_size */
	uint64_t page_size; /* of the memory */
	uint64_t populated; /* bytes */
	int node;	    /* SOCKET_ID_ANY: any */
	int fd;		    /* of the memfd; -1 for memory of the application's. An offset in the
			     * arena is the offset in this file, see attach.h */
	struct rte_mempool_ddw_memory *adopted;
	struct arena_lists *lists; /* what EAL knows, private to memory.c */
};

/*
 * Page size for a pool of that many bytes on a node (SOCKET_ID_ANY: any): the largest
 * size of which enough pages are free and that wastes at most as much as the pool has;
 * normal pages where EAL runs with --no-huge. With wanted != 0 only that size is looked
 * at. Errors: DDW-pool-node, DDW-pool-hugepages, DDW-pool-config (no such size).
 */
int mpddw_memory_choose_page(uint64_t bytes, uint64_t wanted, int node, uint64_t *page_size,
			     struct ddw_error *err);

/*
 * Reserve addresses, aligned to "align" (a power of two), without a page yet. They are
 * far from where programs, libraries and EAL's memory are, if possible: a secondary
 * process needs the same addresses.
 */
int mpddw_memory_reserve(struct arena *a, const char *name, uint64_t room, uint64_t page_size,
			 uint64_t align, int node, struct ddw_error *err);

/* Use memory of the application's: all of it is populated. Only one arena at a time may. */
int mpddw_memory_use(struct arena *a, struct rte_mempool_ddw_memory *memory, struct ddw_error *err);

/*
 * Take pages for [off, off + len), on the node; check where they are; register them
 * with EAL, with bus addresses at which nothing is (RTE_BAD_IOVA). Nothing is taken
 * after a failure, and no signal ends the process when there are too few pages.
 */
int mpddw_memory_add(struct arena *a, uint64_t off, uint64_t len, struct ddw_error *err);

/*
 * Give pages back to the system, which no device reaches any more; any whole pages of
 * what was added. EAL's lists go when all of their pages have gone.
 */
void mpddw_memory_remove(struct arena *a, uint64_t off, uint64_t len);

/*
 * Bus addresses of EAL's pages in a range, from iova on; RTE_BAD_IOVA stands for none.
 * Pages of which the range is only a part have no address then, but keep what they had.
 */
void mpddw_memory_write_iova(struct arena *a, uint64_t off, uint64_t len, uint64_t iova);

/* The same address, at which there is nothing for a page's length, for every page touched. */
void mpddw_memory_write_poison(struct arena *a, uint64_t off, uint64_t len, uint64_t poison);

/* Bytes per node, as the kernel says of the pages that are there (move_pages(2)). */
int mpddw_memory_nodes(const struct arena *a, uint64_t bytes[RTE_MAX_NUMA_NODES]);

/* Give back everything, and the addresses. Harmless on an arena that is all zero. */
void mpddw_memory_release(struct arena *a);

/* Size of the pages of adopted memory. */
uint64_t mpddw_memory_adopted_page(const struct rte_mempool_ddw_memory *memory);

#endif /* MEMORY_H */
