/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * What planner, allocator and ledger cost by themselves: memory of 2M pages is
 * planned, mapped page by page and unmapped page by page, in order and shuffled,
 * against a kernel that does nothing.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "fake_sys.h"
#include "measure/stopwatch.h"
#include "random.h"

#define N_SIZES	  3
#define NS_PER_MS 1e6

static const struct {
	const char *name;
	uint64_t bytes;
} sizes[N_SIZES] = {
	{ "64 GiB", UINT64_C(64) << 30 },
	{ "256 GiB", UINT64_C(256) << 30 },
	{ "1 TiB", UINT64_C(1) << 40 },
};

/* CPU time in nanoseconds. */
struct times {
	uint64_t plan;
	uint64_t map;
	uint64_t unmap;
};

static _Noreturn void
die(const char *what, int ret)
{
	fprintf(stderr, "bench_lib: %s: %d\n", what, ret);
	exit(1);
}

/* A group with a window for so much memory. */
static struct ddw_space *
open_space(uint64_t bytes, unsigned int groups)
{
	static struct ddw_plan_input in;
	static struct ddw_plan plan;
	struct ddw_space *space = ddw_space_create(fake_sys(), NULL);
	unsigned int i;
	int ret;

	if (space == NULL)
		die("no memory", 0);
	for (i = 0; i < groups; i++) {
		ret = ddw_space_attach(space, (int)i, "group", 0, 0, NULL);
		if (ret < 0)
			die("attach", ret);
	}
	ddw_space_caps(space, &in);
	in.n_memory = 1;
	in.memory[0] = (struct ddw_plan_memory){ BENCH_PAGE, bytes, bytes };
	in.memlock.unlimited = true;
	ret = ddw_plan_make(&in, &plan, NULL);
	if (ret != 0)
		die("plan", ret);
	ret = ddw_space_open_windows(space, &plan, NULL);
	if (ret != (int)groups)
		die("windows", ret);
	return space;
}

/* The numbers of all pages, in order or in an order that repeats from run to run. */
static void
fill_order(uint32_t *order, uint32_t n, bool shuffled)
{
	uint64_t seed = RANDOM_STRIDE;
	uint32_t i, j, page;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n - 1; i > 0 && shuffled; i--) {
		j = pick(&seed, i + 1);
		page = order[i];
		order[i] = order[j];
		order[j] = page;
	}
}

static void
map_pages(struct ddw_space *space, const uint32_t *order, uint32_t n)
{
	uint64_t iova;
	uint32_t i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = ddw_space_map(space, BENCH_VADDR + order[i] * BENCH_PAGE, BENCH_PAGE,
				    BENCH_PAGE, &iova, NULL);
		if (ret != 0)
			die("map", ret);
	}
}

static void
unmap_pages(struct ddw_space *space, const uint32_t *order, uint32_t n)
{
	uint32_t i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = ddw_space_unmap(space, BENCH_VADDR + order[i] * BENCH_PAGE, BENCH_PAGE, NULL,
				      NULL);
		if (ret != 0)
			die("unmap", ret);
	}
}

/* Every page was mapped in every group, and nothing is left. */
static void
check_space(struct ddw_space *space, uint64_t maps)
{
	struct ddw_space_stats stats;

	ddw_space_get_stats(space, &stats);
	if (stats.extents != 0 || stats.regions != 0 || stats.mapped_bytes != 0 ||
	    stats.ops[DDW_OP_MAP].calls != maps || stats.ops[DDW_OP_UNMAP].calls != maps)
		die("pages are left or were not mapped", 0);
}

static struct times
run(uint64_t bytes, unsigned int groups, bool map_shuffled, bool unmap_shuffled)
{
	uint32_t n = (uint32_t)(bytes >> BENCH_PAGE_SHIFT);
	uint32_t *order = malloc(n * sizeof(*order));
	struct ddw_space *space;
	struct times t;
	uint64_t t0;

	if (order == NULL)
		die("no memory", 0);
	fill_order(order, n, map_shuffled);
	t0 = measure_cpu_ns();
	space = open_space(bytes, groups);
	t.plan = measure_cpu_ns() - t0;

	t0 = measure_cpu_ns();
	map_pages(space, order, n);
	t.map = measure_cpu_ns() - t0;

	fill_order(order, n, unmap_shuffled);
	t0 = measure_cpu_ns();
	unmap_pages(space, order, n);
	t.unmap = measure_cpu_ns() - t0;

	check_space(space, (uint64_t)n * groups);
	ddw_space_destroy(space);
	free(order);
	return t;
}

/* Lookups among many pages, each mapped by itself. */
static void
run_lookup(void)
{
	uint32_t n = (uint32_t)BENCH_PAGES;
	uint32_t *order = malloc(n * sizeof(*order));
	struct ddw_space *space;

	if (order == NULL)
		die("no memory", 0);
	fill_order(order, n, false);
	space = open_space(n * BENCH_PAGE, 1);
	map_pages(space, order, n);
	bench_lookup(space);
	ddw_space_destroy(space);
	free(order);
}

/* One line: a number per size. */
static void
print_ms(const char *label, const struct times t[N_SIZES], uint64_t (*figure)(const struct times *))
{
	unsigned int i;

	printf("%-28s", label);
	for (i = 0; i < N_SIZES; i++)
		printf("%12.2f", (double)figure(&t[i]) / NS_PER_MS);
	printf("\n");
}

static uint64_t
pick_plan(const struct times *t)
{
	return t->plan;
}

static uint64_t
pick_map(const struct times *t)
{
	return t->map;
}

static uint64_t
pick_unmap(const struct times *t)
{
	return t->unmap;
}

static uint64_t
pick_total(const struct times *t)
{
	return t->plan + t->map + t->unmap;
}

static void
print_times(const char *label, const struct times t[N_SIZES])
{
	unsigned int i;

	printf("\n%s\n", label);
	print_ms("  plan and windows, ms", t, pick_plan);
	print_ms("  map, ms", t, pick_map);
	print_ms("  unmap, ms", t, pick_unmap);
	print_ms("  total, ms", t, pick_total);
	printf("%-28s", "  per page, ns");
	for (i = 0; i < N_SIZES; i++)
		printf("%12.0f",
		       (double)pick_total(&t[i]) / (double)(sizes[i].bytes >> BENCH_PAGE_SHIFT));
	printf("\n");
}

int
main(int argc, char **argv)
{
	unsigned int groups = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 1, i;
	struct times ordered[N_SIZES], mixed[N_SIZES], shuffled[N_SIZES];

	if (groups == 0 || groups > DDW_MAX_GROUPS) {
		fprintf(stderr, "usage: bench_lib [GROUPS]\n");
		return 2;
	}
	for (i = 0; i < N_SIZES; i++) {
		ordered[i] = run(sizes[i].bytes, groups, false, false);
		mixed[i] = run(sizes[i].bytes, groups, false, true);
		shuffled[i] = run(sizes[i].bytes, groups, true, true);
	}
	printf("CPU time of libddw, %u group%s, kernel replaced by nothing\n\n%-28s", groups,
	       groups == 1 ? "" : "s", "memory");
	for (i = 0; i < N_SIZES; i++)
		printf("%12s", sizes[i].name);
	printf("\n%-28s", "pages of 2M");
	for (i = 0; i < N_SIZES; i++)
		printf("%12" PRIu64, sizes[i].bytes >> BENCH_PAGE_SHIFT);
	printf("\n");
	print_times("mapped and unmapped in order of address", ordered);
	print_times("mapped in order, unmapped shuffled", mixed);
	print_times("mapped and unmapped shuffled", shuffled);
	run_lookup();
	return 0;
}
