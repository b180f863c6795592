/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <time.h>

#include "measure/stopwatch.h"

#define NS_PER_S      UINT64_C(1000000000)
#define CALIBRATE_NS  (NS_PER_S / 10)
#define CHAIN	      400000
#define CHAIN_REPEATS 20
#define IMUL_CYCLES   3.0 /* Intel since Nehalem, AMD since Zen */

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		return 0;
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t
measure_cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t
measure_ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#elif defined(__powerpc__)
	return __builtin_ppc_get_timebase();
#else
	return clock_ns(CLOCK_MONOTONIC);
#endif
}

const char *
measure_ticks_name(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return "TSC";
#elif defined(__powerpc__)
	return "time base";
#else
	return "CLOCK_MONOTONIC";
#endif
}

static double
measure_rate(void)
{
	uint64_t ns0 = clock_ns(CLOCK_MONOTONIC), t0 = measure_ticks(), ns;

	do {
		ns = clock_ns(CLOCK_MONOTONIC) - ns0;
	} while (ns < CALIBRATE_NS);
	return (double)(measure_ticks() - t0) * (double)NS_PER_S / (double)ns;
}

double
measure_ticks_per_second(void)
{
	static double rate;

	if (rate == 0)
		rate = measure_rate();
	return rate;
}

#if defined(__x86_64__)
/*
 * Multiplications, each waiting for the one before. Not additions: newer cores do
 * several additions of a constant in one cycle.
 */
static double
measure_cycles(void)
{
	uint64_t best = UINT64_MAX, t, x = 3;
	unsigned int i, j;

	for (i = 0; i < CHAIN_REPEATS; i++) {
		t = measure_ticks();
		for (j = 0; j < CHAIN; j += 4)
			__asm__ volatile("imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0"
					 : "+r"(x));
		t = measure_ticks() - t;
		best = t < best ? t : best;
	}
	return CHAIN * IMUL_CYCLES / (double)best;
}
#else
static double
measure_cycles(void)
{
	return 0;
}
#endif

double
measure_cycles_per_tick(void)
{
	static double cycles = -1;

	if (cycles < 0)
		cycles = measure_cycles();
	return cycles;
}
