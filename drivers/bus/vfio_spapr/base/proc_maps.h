/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PROC_MAPS_H
#define PROC_MAPS_H

/**
 * @file
 * Protection of the memory of this process, as the kernel lists it.
 *
 * The list is read once for many questions: each hugepage of EAL has a line in it, so with
 * much memory the kernel takes long to write it.
 */

#include <stddef.h>
#include <stdint.h>

/** Memory of one protection. */
struct protection_area {
	uintptr_t start, end;
	int prot; /**< PROT_... */
};

/** The list. All zero: nothing is known. */
struct protection {
	struct protection_area *list; /**< in order of address */
	size_t n;
};

/** Fill an empty list; what cannot be read is not known afterwards. */
void spapr_proc_maps_read(struct protection *p);

/** PROT_... of an address, or -1 when it is not known. */
int spapr_proc_maps_prot(const struct protection *p, uintptr_t addr);

/** Empty a list. */
void spapr_proc_maps_free(struct protection *p);

#endif /* PROC_MAPS_H */
