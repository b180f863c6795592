/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef COMMAND_BENCH_H
#define COMMAND_BENCH_H

/* dpdk-test-ddw bench: what windows, mappings, lookups and pools cost on this machine. */

int command_bench(int argc, char **argv);

#endif /* COMMAND_BENCH_H */
