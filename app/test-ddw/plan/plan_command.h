/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PLAN_COMMAND_H
#define PLAN_COMMAND_H

/* "dpdk-test-ddw plan" and "probe": show the windows to be opened, and what the kernel offers. */

int plan_command(int argc, char **argv);
int plan_probe_command(int argc, char **argv);

#endif /* PLAN_COMMAND_H */
