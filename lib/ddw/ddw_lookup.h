/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_LOOKUP_H
#define DDW_LOOKUP_H

/**
 * @file
 * Translate addresses of mapped memory, for callers that do so often.
 *
 * ddw_space_lookup() takes the lock of the space and searches. A struct ddw_lookup
 * remembers the extent that was found last: memory mapped at consecutive bus
 * addresses. As long as the caller stays inside it, and nothing was unmapped in the
 * space, ddw_lookup() is a few instructions without lock, call or write to memory
 * that is shared.
 *
 * Who may call: any thread, each with a struct ddw_lookup of its own, and only for
 * memory that stays mapped during the call. That is memory which the caller owns, or
 * got from its owner, and which nobody unmaps at the same time. Other memory of the
 * space may be mapped and unmapped meanwhile by other threads.
 *
 * Memory ordering: the space counts a generation up whenever a translation ends, and
 * an extent that was remembered in another generation is not used. The counter is
 * read with no ordering of its own, because the caller brings it along: it knows that
 * the memory is mapped, so ddw_space_map() returned before it in happens-before
 * order (in the same thread, or through whatever handed the memory over: a lock, a
 * ring, an acquire load). What was unmapped at that virtual address earlier was
 * counted before that, and a load never returns a value older than one that
 * happened before it. A counter that is found newer than needed costs one search.
 *
 * The bus address holds for all groups of the space. That groups come and go changes
 * no bus address, and no generation.
 */

#include <stdint.h>

#include "ddw_space.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The extent found last; treat the members as private. */
struct ddw_lookup {
	struct ddw_space *space;    /**< where to search */
	const uint64_t *generation; /**< counter of the space */
	uint64_t seen;		    /**< generation in which the rest was true */
	uint64_t vaddr;		    /**< first address */
	uint64_t len;		    /**< bytes; 0: nothing found yet */
	uint64_t offset;	    /**< bus address minus virtual address, modulo 2^64 */
};

/**
 * Initialise a lookup. There is nothing to release.
 *
 * @param lookup
 *   To be used by one thread at a time.
 * @param space
 *   Space, which must stay as long as @p lookup is used.
 * Thread safety: any thread.
 */
void ddw_lookup_init(struct ddw_lookup *lookup, struct ddw_space *space);

/**
 * The slow half of ddw_lookup(), with the same contract: search under the lock of
 * the space, and remember what was found.
 *
 * @param lookup
 *   This thread's own.
 * @param vaddr
 *   As for ddw_lookup().
 * @param iova
 *   As for ddw_lookup().
 * @return
 *   As ddw_lookup().
 */
int ddw_lookup_search(struct ddw_lookup *lookup, uint64_t vaddr, uint64_t *iova);

/**
 * Translate an address of mapped memory to its bus address.
 *
 * @param lookup
 *   This thread's own.
 * @param vaddr
 *   Address inside memory that is mapped and is not being unmapped.
 * @param iova
 *   Filled with the bus address of that byte. Nothing is said of the bytes behind
 *   it: one page may be mapped apart from the next.
 * @return
 *   0, or -ENOENT when @p vaddr is not mapped in all groups.
 * Thread safety: any thread with a lookup of its own, see the head of this file.
 */
static inline int
ddw_lookup(struct ddw_lookup *lookup, uint64_t vaddr, uint64_t *iova)
{
	if (__builtin_expect(vaddr - lookup->vaddr < lookup->len &&
				     __atomic_load_n(lookup->generation, __ATOMIC_RELAXED) ==
					     lookup->seen,
			     1)) {
		*iova = vaddr + lookup->offset;
		return 0;
	}
	return ddw_lookup_search(lookup, vaddr, iova);
}

#ifdef __cplusplus
}
#endif

#endif /* DDW_LOOKUP_H */
