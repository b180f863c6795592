/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MEMORY_H
#define MEMORY_H

/* Map the memory of EAL: what it holds at the start, and what it adds and frees later. */

#include <ddw.h>

/** Fill in how much memory EAL holds now, by page size. */
int spapr_memory_count(struct ddw_plan_input *in, struct ddw_error *err);
/** Map what EAL holds, and follow what it adds and frees. */
int spapr_memory_start(struct ddw_error *err);
/** Stop following, unmap and unregister everything. Returns what ddw_space_release() does. */
int spapr_memory_stop(struct ddw_error *err);

#endif /* MEMORY_H */
