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

/* Can memory be mapped without being registered, in pages of that size? 0 or -errno. */
int ddw_check_pinned(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t page,
		     struct ddw_error *err);

/* Nothing is held any more, and goes with what maps it. */
void ddw_unpin_all(struct ddw_space *space);

#endif /* REGISTER_H */
