/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MAP_H
#define MAP_H

/* Mappings in single groups. Private to libddw; the caller holds the lock of the space. */

#include "space.h"

/* The range that a bus address is in; MAIN when it is in none. */
enum ddw_range_id space_range_of(const struct ddw_space *space, uint64_t iova);

/* Fill an error: there is no window, or no group is left that has one. */
int space_fail_no_window(struct ddw_error *err);

/* Is it memory made of pages, which does not wrap, and is there a window at all? 0 or -errno. */
int space_check_range(const struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t page,
		      struct ddw_error *err);

/* Fill an error: some of the memory is registered already. */
int space_fail_overlap(uint64_t vaddr, uint64_t len, struct ddw_error *err);

/* Page of the range that has the smallest ones, bytes. */
uint64_t space_smallest_page(const struct ddw_space *space);

/* held.c: can memory be mapped without being registered, in pages of that size? 0 or -errno. */
int held_check(const struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t page,
	       struct ddw_error *err);

/* held.c: nothing is held any more, and goes with what maps it. */
void held_let_go(struct ddw_space *space);

/* MAP one run in one group, in chunks. "done" tells how far it came. */
int map_group(struct ddw_space *space, unsigned int i, uint64_t vaddr, uint64_t iova, uint64_t len,
	      uint64_t *done);

/* UNMAP one run in one group. */
int unmap_group(struct ddw_space *space, unsigned int i, uint64_t iova, uint64_t len);

#endif /* MAP_H */
