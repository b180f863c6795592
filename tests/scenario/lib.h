/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef LIB_H
#define LIB_H

/*
 * libddw on a rig. Each call notes what it returned, looks whether a failure was
 * told in full, and whether the ledger is what the simulated kernel has.
 */

#include <errno.h>

#include "rig.h"

/* Space with groups of these roles, mode and sPAPR version. Returns the groups attached. */
int lib_start(struct rig *r, enum ddw_iommu iommu, enum ddw_mode mode);
int lib_attach(struct rig *r, enum rig_role role);
/* Plan for so much hugepage memory, of which the second figure is mapped at start. */
int lib_open(struct rig *r, uint64_t exist, uint64_t start);
/* Attach A, and B too with two, and open for 64 MiB. Returns the usable groups. */
int lib_ready(struct rig *r, enum ddw_iommu iommu, enum ddw_mode mode, bool two);
/* Map; the bus address, or 0 after a failure. */
uint64_t lib_map(struct rig *r, uint64_t vaddr, uint64_t len, uint64_t piece);
int lib_map_memory(struct rig *r, struct ddw_mapping *m);
int lib_unmap(struct rig *r, uint64_t vaddr, uint64_t len);
/* Register memory, and let it go. */
int lib_pin(struct rig *r, uint64_t vaddr, uint64_t len, uint64_t piece);
int lib_unpin(struct rig *r, uint64_t vaddr, uint64_t len);
/* Unmap, and give the memory back when that worked. */
int lib_free(struct rig *r, uint64_t vaddr, uint64_t len);
/* Close the files of a group, as EAL does with the last device; libddw is not told. */
void lib_lose(struct rig *r, enum rig_role role);
int lib_join(struct rig *r, enum rig_role role);
int lib_release(struct rig *r);
/* What is mapped, in bytes. */
uint64_t lib_mapped(struct rig *r);
struct ddw_window_info lib_window(struct rig *r, enum ddw_range_id which);
struct ddw_group_info lib_group(struct rig *r, enum rig_role role);
/* The last failure was of this kind. */
void lib_expect_message(struct rig *r, const char *file, int line, const struct ddw_error *err,
			enum ddw_msg msg);

#define EXPECT_MESSAGE(err, msg) lib_expect_message(r, __FILE__, __LINE__, err, msg)

#endif /* LIB_H */
