/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef STOPWATCH_H
#define STOPWATCH_H

#include <stdint.h>

/* CPU time of this process in nanoseconds: what other processes use does not count. */
uint64_t measure_cpu_ns(void);

/*
 * A counter that is cheap to read, with a constant rate: the time stamp counter of
 * x86, the time base of POWER, else CLOCK_MONOTONIC in nanoseconds.
 */
uint64_t measure_ticks(void);
/* Its name, and its rate as measured. */
const char *measure_ticks_name(void);
double measure_ticks_per_second(void);
/*
 * Cycles of the core per tick, from instructions whose delay is known;
 * the core may run faster or slower than the counter. 0 where that is not known.
 */
double measure_cycles_per_tick(void);

#endif /* STOPWATCH_H */
