/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>

#include "bench_mempool.h"
#include "measure/pool_loops.h"

/*
 * Three pools, measured in turn in each round: what others do to the machine
 * meets all of them. The third has the handler of the first: its ratio
 * shows what a difference without a cause looks like. Where the memory of a pool happens
 * to be makes some percent of difference, so each column has several, used in turn.
 */
#define BASE	0
#define AGAINST 1
#define AGAIN	2
#define COLUMNS 3
#define SITES	5

#define OBJECTS	 8191u
#define OBJ_SIZE 64u
/* Out at the same time, per lcore: more than a cache of 512 keeps. */
#define KEEP	  POOL_KEEP_MAX
#define MAX_CORES 2u

static const unsigned int caches[] = { 0, 512 };
static const unsigned int bulks[] = { 1, 8, 32, 128, 512 };

/* Pools of one size of cache. */
struct pools {
	struct rte_mempool *mp[COLUMNS][SITES];
};

struct row {
	unsigned int cores;
	unsigned int cache;
	unsigned int bulk;
	double ticks[COLUMNS][ROUNDS_MAX]; /* per object that is taken and put back */
	double steps[COLUMNS];
};

static struct rte_mempool *
make_pool(const char *ops, unsigned int column, unsigned int site, unsigned int cache)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *mp;
	const char *what;

	snprintf(name, sizeof(name), "getput_%u_%u_%u", cache, column, site);
	mp = measure_mempool_make(name, ops, OBJECTS, OBJ_SIZE, cache, &what);
	if (mp == NULL)
		die("cannot %s for %s of %s: %s", what, name, ops, rte_strerror(rte_errno));
	return mp;
}

static void
turns_run(const struct mempool_turns *t)
{
	if (measure_mempool_turns(t) != 0)
		die("%s is empty", t->mp->name);
}

static uint64_t
turns_timed(void *arg)
{
	uint64_t start = rte_rdtsc_precise();

	turns_run(arg);
	return rte_rdtsc_precise() - start;
}

static void
turns_stepped(void *arg)
{
	turns_run(arg);
}

/* Ticks per object. */
static double
measure(struct rte_mempool *mp, unsigned int cores, unsigned int bulk, unsigned int turns)
{
	struct mempool_turns w = { mp, bulk, KEEP, turns };

	return lcores_run(turns_timed, &w, cores) / turns / KEEP;
}

/* Instructions per object: what a turn more needs more. */
static double
measure_steps(struct rte_mempool *mp, unsigned int bulk)
{
	unsigned int keep = mp->cache_size != 0 ? KEEP : RTE_MAX(128u, bulk);
	struct mempool_turns w = { mp, bulk, keep, 1 };
	uint64_t one, two;

	/* A cache that is empty: the same beginning for all handlers. */
	rte_mempool_cache_flush(rte_mempool_default_cache(mp, rte_lcore_id()), mp);
	one = steps_count(turns_stepped, &w);
	w.turns++;
	two = steps_count(turns_stepped, &w);
	return one == 0 || two == 0 ? 0 : (double)(two - one) / keep;
}

/* So many turns that a round has the length that was asked for. */
static unsigned int
choose_turns(const struct bench_options *opt, struct rte_mempool *mp, unsigned int cores,
	     unsigned int bulk)
{
	double turn, wanted = (double)rte_get_tsc_hz() * opt->round_us / 1e6;

	measure(mp, cores, bulk, 1);
	turn = measure(mp, cores, bulk, 4) * KEEP;
	return turn >= wanted ? 1 : (unsigned int)(wanted / turn);
}

static void
run_row(const struct bench_options *opt, struct pools *pools, struct row *row)
{
	unsigned int turns = choose_turns(opt, pools->mp[BASE][0], row->cores, row->bulk);
	unsigned int round, i, column;

	for (i = 0; i < COLUMNS * SITES; i++)
		measure(pools->mp[i % COLUMNS][i / COLUMNS], row->cores, row->bulk, 1);
	for (round = 0; round < opt->rounds; round++) {
		for (i = 0; i < COLUMNS; i++) {
			column = (round + i) % COLUMNS;
			row->ticks[column][round] = measure(pools->mp[column][round % SITES],
							    row->cores, row->bulk, turns);
		}
	}
	for (i = 0; i < AGAIN && opt->steps && row->cores == 1; i++)
		row->steps[i] = measure_steps(pools->mp[i][0], row->bulk);
}

static void
print_head(const struct bench_options *opt)
{
	printf("\nGet and put: TSC ticks per object (%.0f MHz), median (min to max) of %u rounds "
	       "of %u us\n\n",
	       (double)rte_get_tsc_hz() / 1e6, opt->rounds, opt->round_us);
	printf("| cores | cache | bulk | ring_mp_mc | %s | %s / ring_mp_mc: of medians | of a "
	       "round | ring_mp_mc / itself: of medians | of a round | instructions: ring_mp_mc "
	       "| %s |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
	       opt->against, opt->against, opt->against);
}

static void
print_row(const struct bench_options *opt, const struct row *row)
{
	struct figures f[COLUMNS], ratio, noise;
	unsigned int i;

	for (i = 0; i < COLUMNS; i++)
		f[i] = measure_figures(row->ticks[i], opt->rounds);
	ratio = measure_ratio(row->ticks[AGAINST], row->ticks[BASE], opt->rounds);
	noise = measure_ratio(row->ticks[AGAIN], row->ticks[BASE], opt->rounds);

	printf("| %u | %u | %u ", row->cores, row->cache, row->bulk);
	for (i = 0; i < AGAIN; i++)
		printf("| %.2f (%.2f to %.2f) ", f[i].median, f[i].min, f[i].max);
	printf("| %.3f | %.3f | %.3f | %.3f ", f[AGAINST].median / f[BASE].median, ratio.median,
	       f[AGAIN].median / f[BASE].median, noise.median);
	if (row->steps[BASE] == 0)
		printf("| - | - |\n");
	else
		printf("| %.2f | %.2f |\n", row->steps[BASE], row->steps[AGAINST]);
	fflush(stdout);
	if (opt->json == NULL)
		return;
	fprintf(opt->json, "%s\n  {\"cores\": %u, \"cache\": %u, \"bulk\": %u, ",
		row->cores == 1 && row->cache == 0 && row->bulk == bulks[0] ? "" : ",", row->cores,
		row->cache, row->bulk);
	figures_json(opt->json, "ring_mp_mc", f[BASE]);
	figures_json(opt->json, opt->against, f[AGAINST]);
	figures_json(opt->json, "ratio", ratio);
	figures_json(opt->json, "ratio_with_itself", noise);
	fprintf(opt->json, "\"instructions\": [%.3f, %.3f]}", row->steps[BASE],
		row->steps[AGAINST]);
}

static void
make_pools(const struct bench_options *opt, struct pools *pools, unsigned int cache)
{
	const char *ops[COLUMNS] = { "ring_mp_mc", opt->against, "ring_mp_mc" };
	unsigned int column, site;

	for (site = 0; site < SITES; site++)
		for (column = 0; column < COLUMNS; column++)
			pools->mp[column][site] = make_pool(ops[column], column, site, cache);
}

static void
free_pools(struct pools *pools)
{
	unsigned int i;

	for (i = 0; i < COLUMNS * SITES; i++)
		rte_mempool_free(pools->mp[i % COLUMNS][i / COLUMNS]);
}

void
bench_getput(const struct bench_options *opt)
{
	struct pools pools[RTE_DIM(caches)];
	unsigned int cores, cache, bulk;
	static struct row row;

	for (cache = 0; cache < RTE_DIM(caches); cache++)
		make_pools(opt, &pools[cache], caches[cache]);
	print_head(opt);
	if (opt->json != NULL)
		fprintf(opt->json, "\"getput\": [");
	for (cores = 1; cores <= RTE_MIN(rte_lcore_count(), MAX_CORES); cores++) {
		for (cache = 0; cache < RTE_DIM(caches); cache++) {
			for (bulk = 0; bulk < RTE_DIM(bulks); bulk++) {
				row = (struct row){
					cores, caches[cache], bulks[bulk], { { 0 } }, { 0 }
				};
				run_row(opt, &pools[cache], &row);
				print_row(opt, &row);
			}
		}
	}
	if (opt->json != NULL)
		fprintf(opt->json, "\n ],\n");
	for (cache = 0; cache < RTE_DIM(caches); cache++)
		free_pools(&pools[cache]);
}
