/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "scenarios.h"

/* Poison is for the end: nothing works on those groups afterwards. */
const struct scenario *const scenario_lists[] = {
	group_scenarios,
	window_scenarios,
	memory_scenarios,
	map_scenarios,
	v1_scenarios,
	process_scenarios,
	lib_window_scenarios,
	lib_memory_scenarios,
	lib_pin_scenarios,
	lib_group_scenarios,
	poison_scenarios,
	lib_poison_scenarios,
	NULL,
};

const struct scenario *const lib_lists[] = {
	lib_window_scenarios, lib_memory_scenarios, lib_pin_scenarios,
	lib_group_scenarios,  lib_poison_scenarios, NULL,
};

bool
scenario_fits(const struct scenario *s, const struct rig_machine *mc)
{
	if ((s->flags & SCENARIO_PSERIES) && mc->powernv)
		return false;
	if ((s->flags & SCENARIO_POWERNV) && !mc->powernv)
		return false;
	return !(s->flags & SCENARIO_NO_DDW) || mc->groups[RIG_NO_DDW].here;
}
