/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <stdio.h>

#include "bench.h"
#include "stopwatch.h"

#define LOOKUPS	  (UINT64_C(1) << 22)
#define SEARCHES  (UINT64_C(1) << 18)
#define REPEATS	  9
#define HOT_PAGES 64

/* Ticks per lookup: the best repetition was disturbed least by others. */
struct cost {
	double best;
	double median;
};

/* Addresses inside one page, all different, with no division in the loop. */
static uint64_t
inside(uint64_t page, uint64_t i)
{
	return page + ((i * 2176) & (BENCH_PAGE - 1));
}

/* Callers keep their lookup in memory, not in the registers of one loop. */
static inline void
in_memory(struct ddw_lookup *lk)
{
	__asm__ volatile("" : "+r"(lk) : : "memory");
}

/* Each lookup starts without waiting for the one before. */
static uint64_t
loop_hit(struct ddw_lookup *lk, uint64_t page)
{
	uint64_t i, iova = 0, sum = 0;

	for (i = 0; i < LOOKUPS; i++) {
		in_memory(lk);
		(void)ddw_lookup(lk, inside(page, i), &iova);
		sum += iova;
	}
	return sum;
}

/* Each address depends on the bus address before, so the whole delay counts. */
static uint64_t
loop_chain(struct ddw_lookup *lk, uint64_t page)
{
	uint64_t i, iova = 0;

	for (i = 0; i < LOOKUPS; i++) {
		in_memory(lk);
		(void)ddw_lookup(lk, page + (iova & 0xfff), &iova);
	}
	return iova;
}

/* The same loop as loop_hit() with an addition in place of the lookup. */
static uint64_t
loop_nothing(struct ddw_lookup *lk, uint64_t page)
{
	uint64_t i, iova, sum = 0;

	for (i = 0; i < LOOKUPS; i++) {
		in_memory(lk);
		iova = inside(page, i) + 1;
		__asm__ volatile("" : "+r"(iova));
		sum += iova;
	}
	return sum;
}

/* A few pages in turn: each one is another extent. */
static uint64_t
loop_miss(struct ddw_lookup *lk, uint64_t page)
{
	uint64_t i, iova = 0, sum = 0;

	for (i = 0; i < SEARCHES; i++) {
		(void)ddw_lookup(lk, page + (i % HOT_PAGES) * BENCH_PAGE, &iova);
		sum += iova;
	}
	return sum;
}

/* Any of BENCH_PAGES pages, a power of two; the numbers repeat after all of them. */
static uint64_t
loop_far(struct ddw_lookup *lk, uint64_t page)
{
	uint64_t i, iova = 0, sum = 0, n = 0;

	for (i = 0; i < SEARCHES; i++) {
		n = (n * 1664525 + 1013904223) & (BENCH_PAGES - 1);
		(void)ddw_lookup(lk, page + n * BENCH_PAGE, &iova);
		sum += iova;
	}
	return sum;
}

static struct cost
measure(uint64_t (*loop)(struct ddw_lookup *, uint64_t), struct ddw_lookup *lk, uint64_t n)
{
	double each[REPEATS], value;
	volatile uint64_t sink;
	unsigned int i, j;
	uint64_t t0;

	for (i = 0; i < REPEATS; i++) {
		t0 = ticks();
		sink = loop(lk, BENCH_VADDR);
		(void)sink;
		value = (double)(ticks() - t0) / (double)n;
		for (j = i; j > 0 && each[j - 1] > value; j--)
			each[j] = each[j - 1];
		each[j] = value;
	}
	return (struct cost){ each[0], each[REPEATS / 2] };
}

static void
print_cost(const char *label, struct cost c)
{
	double cycles = cycles_per_tick();

	printf("%-28s%12.1f%12.2f", label, c.best, c.best * 1e9 / ticks_per_second());
	if (cycles == 0)
		printf("%12s%12s\n", "-", "-");
	else
		printf("%12.1f%12.1f\n", c.best * cycles, c.median * cycles);
}

void
bench_lookup(struct ddw_space *space)
{
	struct ddw_lookup lk;

	ddw_lookup_init(&lk, space);
	printf("\nlookup of a bus address (%s, %.0f MHz)\n", ticks_name(),
	       ticks_per_second() / 1e6);
	printf("%-28s%12s%12s%12s%12s\n", "", "ticks", "ns", "cycles", "median");
	print_cost("  hit, loop included", measure(loop_hit, &lk, LOOKUPS));
	print_cost("  hit, each waits for last", measure(loop_chain, &lk, LOOKUPS));
	print_cost("  the loop alone", measure(loop_nothing, &lk, LOOKUPS));
	print_cost("  miss, 64 pages in turn", measure(loop_miss, &lk, SEARCHES));
	print_cost("  miss, any of all pages", measure(loop_far, &lk, SEARCHES));
}
