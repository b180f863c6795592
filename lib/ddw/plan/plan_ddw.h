/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PLAN_DDW_H
#define PLAN_DDW_H

/* Plan dynamic windows. Private to libddw. */

#include "plan/plan.h"

/* Plan a dynamic window for every group. The memory is known. */
int ddw_plan_ddw(const struct ddw_plan_input *in, const struct plan_memory *mem,
		 struct ddw_plan *plan, struct ddw_error *err);

/* The same for a group that comes later, see ddw_plan_join(). */
int ddw_plan_join_ddw(const struct ddw_plan_group *g, const struct ddw_plan *open,
		      struct ddw_plan_window *win);

/*
 * Sizes, the first and the last, of a window that replaces the default one although it was
 * planned beside it. False when that is no help: on PowerNV no firmware has to find room.
 */
bool ddw_plan_alone(const struct ddw_caps *caps, const struct ddw_plan *plan, uint64_t *size,
		    uint64_t *least);

/* Find the bus addresses that the windows of the accepted groups must leave out. */
void ddw_plan_find_hole(const struct ddw_plan_input *in, struct ddw_plan *plan);

/* Bytes in one piece that a window has room for when it starts at bus address 0. */
uint64_t ddw_plan_room_at_zero(const struct ddw_plan *plan, uint64_t size);

#endif /* PLAN_DDW_H */
