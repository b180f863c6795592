/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

/* "dpdk-test-ddw bench": measure windows, mappings, lookups and pools on this machine. */

int bench_command(int argc, char **argv);

#endif /* BENCH_COMMAND_H */
