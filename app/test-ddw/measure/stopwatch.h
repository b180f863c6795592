/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef STOPWATCH_H
#define STOPWATCH_H

#include <stdint.h>

/* Return the CPU time of this process in nanoseconds. */
uint64_t measure_cpu_ns(void);

/*
 * Read a cheap counter with a constant rate: the time stamp counter on x86, the time base on
 * POWER, otherwise CLOCK_MONOTONIC in nanoseconds.
 */
uint64_t measure_ticks(void);
/* Return the name of that counter, and its measured rate. */
const char *measure_ticks_name(void);
double measure_ticks_per_second(void);
/*
 * Return the core cycles per tick, measured with instructions of known latency, since the core
 * may run faster or slower than the counter. 0 where unknown.
 */
double measure_cycles_per_tick(void);

#endif /* STOPWATCH_H */
