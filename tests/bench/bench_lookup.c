/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <stdio.h>

#include "bench.h"
#include "measure/figures.h"
#include "measure/lookup_loops.h"
#include "measure/stopwatch.h"

#define LOOKUPS	 (UINT64_C(1) << 22)
#define SEARCHES (UINT64_C(1) << 18)
#define REPEATS	 9

_Static_assert(BENCH_PAGE == LOOKUP_PAGE, "the loops step from page to page");

/* Ticks per lookup. */
static struct figures
measure(const struct lookup_loop *loop, struct ddw_lookup *lk)
{
	static const struct lookup_pages mem = { BENCH_VADDR, BENCH_PAGES };
	double each[REPEATS];
	unsigned int i;

	for (i = 0; i < REPEATS; i++)
		each[i] = measure_lookup_ticks(loop, lk, &mem, loop->searches ? SEARCHES : LOOKUPS);
	return measure_figures(each, REPEATS);
}

/* The best repetition was disturbed least by others. */
static void
print_cost(const char *label, struct figures f)
{
	double cycles = measure_cycles_per_tick();

	printf("  %-26s%12.1f%12.2f", label, f.min, f.min * 1e9 / measure_ticks_per_second());
	if (cycles == 0)
		printf("%12s%12s\n", "-", "-");
	else
		printf("%12.1f%12.1f\n", f.min * cycles, f.median * cycles);
}

void
bench_lookup(struct ddw_space *space)
{
	struct ddw_lookup lk;
	unsigned int i;

	ddw_lookup_init(&lk, space);
	printf("\nlookup of a bus address (%s, %.0f MHz)\n", measure_ticks_name(),
	       measure_ticks_per_second() / 1e6);
	printf("%-28s%12s%12s%12s%12s\n", "", "ticks", "ns", "cycles", "median");
	for (i = 0; i < LOOKUP_LOOPS; i++)
		print_cost(measure_lookup_loops[i].help, measure(&measure_lookup_loops[i], &lk));
}
