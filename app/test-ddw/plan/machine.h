/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MACHINE_H
#define MACHINE_H

/* A machine as the planner sees it: the running one, or one described in a file. */

#include <ddw.h>

struct machine {
	struct ddw_plan_input in; /* groups, hugepages, memlock */
	char refused[1024];	  /* groups that could not be looked at, one line each */
};

#endif /* MACHINE_H */
