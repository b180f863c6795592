/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_RUN_H
#define BENCH_RUN_H

/* Run the benchmarks. */

#include "bench/bench.h"

/* A benchmark that can be chosen by name. */
struct bench_part {
	const char *name;
	const char *help;
	void (*run)(struct bench *b);
};

extern const struct bench_part bench_parts[BENCH_PARTS];

/* Set the options to their defaults, for the running machine. */
void bench_defaults(struct bench *b);
/* Run the chosen parts, or all of them. Returns the exit status. */
int bench_run(struct bench *b);

#endif /* BENCH_RUN_H */
