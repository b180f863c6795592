/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MEMORY_SCENE_H
#define MEMORY_SCENE_H

/* What the tests of memory.c look at. */

#include <inttypes.h>
#include <stdio.h>

#include "memory_parts.h"
#include "rig.h"

/* Bytes of a page of this machine, from memory_begin() on. */
extern uint64_t page;
/* Windows that the plugin is said to have: none, unless a test sets them. */
extern struct vfio_spapr_dma_info scene_windows;
extern const struct vfio_spapr_dma scene_dma;

/* Before all tests. */
int memory_begin(void **state);
/* An arena of so many pages. */
void scene_reserve(struct arena *a, uint64_t pages);

/* What a process must not lose: open files, and bytes of addresses. */
struct scene_left {
	unsigned int files;
	uint64_t bytes;
};

struct scene_left scene_left(void);
/* It has as many files open, and no more addresses in use but what malloc has grown by. */
void scene_same(struct scene_left before);
/* Bytes that the kernel holds for an arena. */
uint64_t scene_held(const struct arena *a);
/* EAL's lists of external memory. */
unsigned int scene_lists(void);
/* May a program read and write there? */
bool scene_accessible(const void *addr);

#endif /* MEMORY_SCENE_H */
