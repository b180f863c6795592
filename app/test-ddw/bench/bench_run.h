/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_RUN_H
#define BENCH_RUN_H

/* Runs the parts of the bench one after the other. */

#include "bench/bench.h"

/* One part of the bench, chosen by its name. */
struct bench_part {
	const char *name;
	const char *help;
	void (*run)(struct bench *b);
};

extern const struct bench_part bench_parts[BENCH_PARTS];

/* This machine, and what is good for it when the user chooses nothing. */
void bench_defaults(struct bench *b);
/* Run the parts that were chosen. The result is the exit status. */
int bench_run(struct bench *b);

#endif /* BENCH_RUN_H */
