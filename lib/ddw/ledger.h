/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef LEDGER_H
#define LEDGER_H

/*
 * What is registered and mapped: two arrays sorted by virtual address.
 * Pure bookkeeping, no call into the kernel. Private to libddw.
 *
 * Invariants:
 *  - regions do not overlap each other, extents do not overlap each other;
 *  - every extent lies in regions, and region.mapped is the sum of its extents;
 *  - after ledger_reserve(pages) no operation on the memory mapped so far plus
 *    that many pages can run out of memory, so taking memory away cannot fail.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory registered by one REGISTER_MEMORY, in one or more containers. */
struct region {
	uint64_t vaddr;
	uint64_t size;
	uint64_t mapped; /* bytes of it that extents cover */
	uint64_t groups; /* groups in which it is registered */
	bool suspect;	 /* the kernel may hold it for ever: never map it again */
};

/* Memory mapped at consecutive bus addresses. */
struct extent {
	uint64_t vaddr;
	uint64_t len;
	uint64_t iova;
	uint64_t groups; /* groups in which it is mapped */
};

struct ledger {
	struct region *regions;
	size_t n_regions;
	size_t max_regions;
	struct extent *extents;
	size_t n_extents;
	size_t max_extents;
	uint64_t pages; /* pages mapped: no more extents than that are possible */
	unsigned int page_shift;
};

void ledger_init(struct ledger *l, unsigned int page_shift);
void ledger_fini(struct ledger *l);

/* Make room for a mapping of that many pages in that many regions. 0 or -ENOMEM. */
int ledger_reserve(struct ledger *l, uint64_t pages, size_t regions);

/* First region that ends behind vaddr, n_regions when there is none. */
size_t ledger_region_at(const struct ledger *l, uint64_t vaddr);
/* First extent that ends behind vaddr, n_extents when there is none. */
size_t ledger_extent_at(const struct ledger *l, uint64_t vaddr);

/* True when a region overlaps [vaddr, vaddr + len). */
bool ledger_overlaps(const struct ledger *l, uint64_t vaddr, uint64_t len);

/* Add a region with nothing mapped. Room must have been reserved. */
struct region *ledger_add_region(struct ledger *l, uint64_t vaddr, uint64_t size);
void ledger_drop_region(struct ledger *l, size_t index);

/* Add an extent and account it to its regions. Room must have been reserved. */
void ledger_add_extent(struct ledger *l, const struct extent *e);

/*
 * Take [vaddr, vaddr + len), which lies inside extent "index", out of it.
 * The rest stays, as one or two extents.
 */
void ledger_cut_extent(struct ledger *l, size_t index, uint64_t vaddr, uint64_t len);

#endif /* LEDGER_H */
