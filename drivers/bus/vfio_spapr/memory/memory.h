/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MEMORY_H
#define MEMORY_H

/* Memory of EAL: what it holds at the start, and what it adds and frees later. */

#include <ddw.h>

/** Memory that EAL holds now, by page size, into the plan's input. */
int spapr_memory_count(struct ddw_plan_input *in, struct ddw_error *err);
/** Map what EAL holds, and follow what it adds and frees from now on. */
int spapr_memory_start(struct ddw_error *err);
/** Stop following. */
void spapr_memory_stop(void);

#endif /* MEMORY_H */
