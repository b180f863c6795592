/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef REGISTER_H
#define REGISTER_H

/*
 * Register memory: REGISTER_MEMORY pins it, UNREGISTER_MEMORY lets it go. Private
 * to libddw; the caller holds the lock of the space.
 */

#include "space/space.h"

/*
 * Register [vaddr, vaddr + len) in pieces, each in all usable groups, and enter
 * the pieces into the ledger, where room must have been reserved. After a
 * failure the ledger says what was registered: ddw_unregister_unused() takes it back.
 */
int ddw_register_memory(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece,
			struct ddw_error *err);

/* Register a region of the ledger in one more group. */
int ddw_register_region(struct ddw_space *space, unsigned int i, struct region *r,
			struct ddw_error *err);

/* Unregister the regions in [vaddr, vaddr + len) that nothing maps any more, nor holds. */
int ddw_unregister_unused(struct ddw_space *space, uint64_t vaddr, uint64_t len,
			  struct ddw_error *err);

/* The kernel's page, bytes; 1 when it cannot be asked: REGISTER says no then, if it has to. */
uint64_t ddw_kernel_page(struct ddw_space *space);

/*
 * Is nothing of the memory registered? The quarantine of regions that the kernel has let go
 * is lifted. The memory is populated. 0 or -EEXIST.
 */
int ddw_check_unregistered(struct ddw_space *space, uint64_t vaddr, uint64_t len,
			   struct ddw_error *err);

/* Is it memory made of pages, which does not wrap, and is there a window at all? 0 or -errno. */
int ddw_check_memory(const struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t page,
		     struct ddw_error *err);

#endif /* REGISTER_H */
