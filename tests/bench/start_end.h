/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Times the start and the end of a program, and counts and times its calls to VFIO by kind.
 */

#ifndef BENCH_START_END_H
#define BENCH_START_END_H

#include <stdbool.h>
#include <stdint.h>

struct start_end {
	bool (*start)(int argc, char **argv); /* false: it has said why not */
	uint64_t (*memory)(void);	      /* what there is after the start, bytes */
	void (*close)(void);		      /* before the end, not timed; may be NULL */
	void (*end)(void);
};

/*
 * Runs the program in a child and prints its figures, lines of the form "NAME: KEY=VALUE...",
 * times in microseconds. Returns the exit status: 0, or 1 if it did not start and end.
 */
int start_end_measure(const struct start_end *program, int argc, char **argv);

#endif /* BENCH_START_END_H */
