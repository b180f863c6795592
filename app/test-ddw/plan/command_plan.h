/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef COMMAND_PLAN_H
#define COMMAND_PLAN_H

/* dpdk-test-ddw plan and probe: windows that would be opened, and what the kernel offers. */

int command_plan(int argc, char **argv);
int command_probe(int argc, char **argv);

#endif /* COMMAND_PLAN_H */
