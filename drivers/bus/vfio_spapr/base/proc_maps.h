/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PROC_MAPS_H
#define PROC_MAPS_H

/**
 * @file
 * Parse /proc/self/maps: the memory of this process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

/** One mapping. */
struct proc_map {
	uintptr_t start, end;
	int prot;	 /**< PROT_... */
	uint64_t offset; /**< in the file, if there is one */
	dev_t dev;
	ino_t inode;
};

/** Called for each mapping, in order of address; false ends the walk. */
typedef bool (*proc_maps_fn)(const struct proc_map *map, void *arg);

/**
 * Call a function for each mapping in a list.
 *
 * @param list
 *   Text like that of /proc/self/maps.
 */
void spapr_proc_maps_walk(FILE *list, proc_maps_fn fn, void *arg);

/** Return where a file is mapped from its first byte on, or NULL. The file is not opened. */
void *spapr_proc_maps_file(const struct stat *file);

/** Memory of one protection. */
struct proc_area {
	uintptr_t start, end;
	int prot; /**< PROT_... */
};

/**
 * The protection of all memory. All zero: nothing is known.
 *
 * It is read once for many questions: each hugepage of EAL has a line in the kernel's list,
 * so with much memory the kernel takes long to write it.
 */
struct proc_maps {
	struct proc_area *list; /**< in order of address */
	size_t n;
};

/** Fill an empty list; what cannot be read is not known afterwards. */
void spapr_proc_maps_read(struct proc_maps *maps);

/** Return PROT_... of an address, or -1 when it is not known. */
int spapr_proc_maps_prot(const struct proc_maps *maps, uintptr_t addr);

/** Empty a list. */
void spapr_proc_maps_free(struct proc_maps *maps);

#endif /* PROC_MAPS_H */
