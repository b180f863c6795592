/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "measure/lookup_loops.h"
#include "measure/stopwatch.h"

#define HOT_PAGES 64

/* Vary the address inside one page, without a division in the loop. */
static uint64_t
address_in_page(uint64_t page, uint64_t i)
{
	return page + ((i * 2176) & (LOOKUP_PAGE - 1));
}

/* Keep the lookup in memory, as callers do, not in the registers of one loop. */
static inline void
keep_in_memory(struct ddw_lookup *lk)
{
	__asm__ volatile("" : "+r"(lk) : : "memory");
}

/* Hits that do not depend on each other. */
static uint64_t
loop_hit(struct ddw_lookup *lk, const struct lookup_pages *mem, uint64_t n)
{
	uint64_t i, iova = 0, sum = 0, page = mem->vaddr;

	for (i = 0; i < n; i++) {
		keep_in_memory(lk);
		(void)ddw_lookup(lk, address_in_page(page, i), &iova);
		sum += iova;
	}
	return sum;
}

/* Hits that depend on the previous bus address, which shows the latency. */
static uint64_t
loop_chain(struct ddw_lookup *lk, const struct lookup_pages *mem, uint64_t n)
{
	uint64_t i, iova = 0, page = mem->vaddr;

	for (i = 0; i < n; i++) {
		keep_in_memory(lk);
		(void)ddw_lookup(lk, page + (iova & 0xfff), &iova);
	}
	return iova;
}

/* The loop of loop_hit() with an addition in place of the lookup. */
static uint64_t
loop_nothing(struct ddw_lookup *lk, const struct lookup_pages *mem, uint64_t n)
{
	uint64_t i, iova, sum = 0, page = mem->vaddr;

	for (i = 0; i < n; i++) {
		keep_in_memory(lk);
		iova = address_in_page(page, i) + 1;
		__asm__ volatile("" : "+r"(iova));
		sum += iova;
	}
	return sum;
}

/* Misses in a few pages in turn, each of them an extent. */
static uint64_t
loop_miss(struct ddw_lookup *lk, const struct lookup_pages *mem, uint64_t n)
{
	uint64_t i, iova = 0, sum = 0, page = mem->vaddr;

	for (i = 0; i < n; i++) {
		(void)ddw_lookup(lk, page + (i % HOT_PAGES) * LOOKUP_PAGE, &iova);
		sum += iova;
	}
	return sum;
}

/* Misses in all pages, in pseudo-random order. */
static uint64_t
loop_far(struct ddw_lookup *lk, const struct lookup_pages *mem, uint64_t n)
{
	uint64_t i, iova = 0, sum = 0, which = 0, page = mem->vaddr, last = mem->pages - 1;

	for (i = 0; i < n; i++) {
		which = (which * 1664525 + 1013904223) & last;
		(void)ddw_lookup(lk, page + which * LOOKUP_PAGE, &iova);
		sum += iova;
	}
	return sum;
}

const struct lookup_loop measure_lookup_loops[LOOKUP_LOOPS] = {
	{ "hit", "hit, loop included", false, loop_hit },
	{ "hit_chain", "hit, each waits for last", false, loop_chain },
	{ "loop", "the loop alone", false, loop_nothing },
	{ "miss_64", "miss, 64 pages in turn", true, loop_miss },
	{ "miss_any", "miss, any of all pages", true, loop_far },
};

double
measure_lookup_ticks(const struct lookup_loop *loop, struct ddw_lookup *lk,
		     const struct lookup_pages *mem, uint64_t n)
{
	volatile uint64_t sink;
	uint64_t t0 = measure_ticks();

	sink = loop->run(lk, mem, n);
	(void)sink;
	return (double)(measure_ticks() - t0) / (double)n;
}
