/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef LEDGER_H
#define LEDGER_H

/*
 * What is registered and mapped: two balanced trees ordered by virtual address. Each
 * operation costs O(log n). Pure bookkeeping, no call into the kernel. Private to
 * libddw; the caller serialises.
 *
 * Invariants:
 *  - regions do not overlap each other, extents do not overlap each other;
 *  - every extent lies in regions, and region.mapped is the sum of its extents;
 *  - after ddw_ledger_reserve(pages) no operation on the memory mapped so far plus
 *    that many pages can run out of memory, so taking memory away cannot fail.
 *
 * Regions and extents stay where they are until they are dropped or cut out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bsd/sys/tree.h>

/*
 * Elements of one size that stay where they are. Room is made beforehand, so that
 * taking one cannot fail; memory that was never taken is never touched.
 */

struct slab_chunk;

struct slab {
	size_t elem;		  /* bytes of an element */
	uint64_t room;		  /* elements in all chunks */
	struct slab_chunk *first; /* in the order in which they are used up */
	struct slab_chunk *last;
	struct slab_chunk *fresh; /* first one with elements that were never taken */
	void *returned;		  /* elements that were given back, each points to the next */
};

/* An element must be large enough for a pointer, and is aligned like one. */
void ddw_slab_init(struct slab *p, size_t elem);
void ddw_slab_fini(struct slab *p);

/* Room for that many elements at one time, those in use included. 0 or -ENOMEM. */
int ddw_slab_reserve(struct slab *p, uint64_t total);

/* Take an element, contents undefined. There must be room. */
void *ddw_slab_get(struct slab *p);
void ddw_slab_put(struct slab *p, void *elem);

/* Memory registered by one REGISTER_MEMORY, in one or more containers. */
struct region {
	RB_ENTRY(region) node;
	uint64_t vaddr;
	uint64_t size;
	uint64_t mapped; /* bytes of it that extents cover */
	uint64_t groups; /* groups in which it is registered */
	bool held;	 /* stays registered when nothing maps it */
	/*
	 * The kernel may keep its pages permanently: when the memory was given back, other
	 * memory at these addresses must not be mapped, unless the kernel proves the opposite.
	 */
	bool quarantined;
};

/* Memory mapped at consecutive bus addresses. */
struct extent {
	RB_ENTRY(extent) node;
	uint64_t vaddr;
	uint64_t len;
	uint64_t iova;
	uint64_t groups;	 /* groups in which it is mapped */
	unsigned int page_shift; /* of the range of bus addresses that it is mapped in */
	bool quarantined;	 /* what a failure has left behind: only to be unmapped */
};

RB_HEAD(region_tree, region);
RB_HEAD(extent_tree, extent);

struct ledger {
	struct region_tree regions;
	struct extent_tree extents;
	uint64_t n_regions;
	uint64_t n_extents;
	uint64_t bytes; /* mapped: the sum of the extents */
	uint64_t pages; /* the same in pages: no more extents than that are possible */
	/*
	 * Counted up when a translation ends; read without the lock by ddw_lookup().
	 * It outlives the ledger: ddw_ledger_fini() counts too, ddw_ledger_init() keeps it.
	 */
	uint64_t generation;
	struct slab region_slab;
	struct slab extent_slab;
};

/* Set up a ledger that is all zero, or that was used before. */
void ddw_ledger_init(struct ledger *l);
void ddw_ledger_fini(struct ledger *l);

/*
 * Make room for a mapping of that many pages in that many regions. 0 or -ENOMEM.
 * No page may be smaller than that of the extents that are added later.
 */
int ddw_ledger_reserve(struct ledger *l, uint64_t pages, uint64_t regions);

/* First region that ends behind vaddr; NULL when there is none. */
struct region *ddw_ledger_region_at(struct ledger *l, uint64_t vaddr);
/* The one behind it; NULL at the end. */
struct region *ddw_ledger_region_next(struct region *r);

/* First extent that ends behind vaddr; NULL when there is none. */
struct extent *ddw_ledger_extent_at(struct ledger *l, uint64_t vaddr);
/* The one behind it; NULL at the end. */
struct extent *ddw_ledger_extent_next(struct extent *e);

/* True when a region overlaps [vaddr, vaddr + len). */
bool ddw_ledger_overlaps(struct ledger *l, uint64_t vaddr, uint64_t len);

/* Add a region with nothing mapped. Room must have been reserved. */
struct region *ddw_ledger_add_region(struct ledger *l, uint64_t vaddr, uint64_t size);
/* Forget a region that no extent lies in. */
void ddw_ledger_drop_region(struct ledger *l, struct region *r);

/*
 * Add an extent and account it to its regions; all of "e" but its node counts.
 * Room must have been reserved. Returns the one in the ledger.
 */
struct extent *ddw_ledger_add_extent(struct ledger *l, const struct extent *e);

/*
 * Take [vaddr, vaddr + len), which lies inside "e", out of it. The rest stays, as
 * one or two extents; "e" is gone when there is none.
 */
void ddw_ledger_cut_extent(struct ledger *l, struct extent *e, uint64_t vaddr, uint64_t len);

#endif /* LEDGER_H */
