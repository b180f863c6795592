/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PLAN_DMA32_H
#define PLAN_DMA32_H

/* Plan the default windows. Private to libddw. */

#include "plan/plan.h"

/* Plan the default window of every group. The memory is known. */
int ddw_plan_dma32(const struct ddw_plan_input *in, struct ddw_plan *plan, struct ddw_error *err);

/* The same for a group that comes later, see ddw_plan_join(). */
int ddw_plan_join_dma32(const struct ddw_plan_group *g, const struct ddw_plan *open,
			struct ddw_plan_window *win);

#endif /* PLAN_DMA32_H */
