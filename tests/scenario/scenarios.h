/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SCENARIOS_H
#define SCENARIOS_H

#include "rig.h"

/* The ioctls are used in ways that harm the caller alone. */
#define SCENARIO_MISUSE 1u
/* Needs the group without dynamic windows. */
#define SCENARIO_NO_DDW 2u
/* Takes place on one platform only. */
#define SCENARIO_PSERIES 4u
#define SCENARIO_POWERNV 8u

struct scenario {
	const char *name;
	rig_scenario_fn run;
	unsigned int flags;
};

/* Lists that end with a NULL name. Those of the kernel alone, and those of libddw. */
extern const struct scenario group_scenarios[];
extern const struct scenario window_scenarios[];
extern const struct scenario memory_scenarios[];
extern const struct scenario map_scenarios[];
extern const struct scenario v1_scenarios[];
extern const struct scenario process_scenarios[];
extern const struct scenario poison_scenarios[];
extern const struct scenario lib_memory_scenarios[];
extern const struct scenario lib_pin_scenarios[];
extern const struct scenario lib_group_scenarios[];
extern const struct scenario lib_window_scenarios[];
extern const struct scenario lib_poison_scenarios[];

/* Those of libddw, which have to survive any failure. */
extern const struct scenario *const lib_lists[];

/* All lists in the order in which they run, ended by NULL. */
extern const struct scenario *const scenario_lists[];

bool scenario_fits(const struct scenario *s, const struct rig_machine *mc);

#endif /* SCENARIOS_H */
