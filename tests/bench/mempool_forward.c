/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <rte_mempool_ddw.h>

#include "bench_mempool.h"
#include "random.h"

/*
 * Packets flow through three pools in turn in each round. "whole" is as large as the one
 * that is mapped on demand, "window" as large as the window; both are mapped as a whole.
 * The first one has two turns, each after another pool: how equal is equal.
 */
enum column { WHOLE, DEMAND, WHOLE_AGAIN, WINDOW, COLUMNS };

static const char *const names[COLUMNS] = { "whole", "demand", "whole_again", "window" };

#define MAX_FLIGHT  65536u
#define WARM_UP	    64u
#define WARM_UPS    5u
#define STEP_BURSTS 64u

/* What an object takes in these pools, roughly: header, mbuf, buffer. */
#define OBJ_BYTES 2432u

static const unsigned int caches[] = { 0, 256 };

struct row {
	enum shape shape;
	unsigned int cache;
	bool mixed;
	double ticks[COLUMNS][ROUNDS_MAX]; /* per mbuf */
	double steps[COLUMNS];
	uint64_t bursts; /* taken from the pool on demand, after warm-up */
	struct rte_mempool_ddw_stats before;
	struct rte_mempool_ddw_stats after;
};

static struct rte_mempool *
make_pool(enum column column, unsigned int cache, unsigned int mb,
	  enum rte_mempool_ddw_mapping mapping)
{
	struct rte_mempool_ddw_conf conf = { .mapping = mapping };
	unsigned int n = (unsigned int)(((uint64_t)mb << 20) / OBJ_BYTES);
	struct rte_mempool *mp;

	mp = rte_pktmbuf_pool_create_ddw(names[column], n, cache, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
					 SOCKET_ID_ANY, &conf);
	if (mp == NULL)
		die("cannot create %s: %s", names[column], rte_strerror(rte_errno));
	return mp;
}

/*
 * Objects of a pool that has been in use for long are in no order, which costs time by
 * itself. Takes all objects at once and puts them back in another order.
 */
static void
shuffle(struct rte_mempool *mp)
{
	uint64_t seed = RANDOM_STRIDE;
	void **objs = calloc(mp->size, sizeof(*objs)), *obj;
	unsigned int n = 0, i, j;

	if (objs == NULL)
		die("no memory");
	while (n < mp->size && rte_mempool_ops_dequeue_bulk(mp, &objs[n], 1) == 0)
		n++;
	for (i = n; i > 1; i--) {
		j = pick(&seed, i);
		obj = objs[i - 1];
		objs[i - 1] = objs[j];
		objs[j] = obj;
	}
	rte_mempool_ops_enqueue_bulk(mp, objs, n);
	free(objs);
}

static void
make_pools(const struct bench_options *opt, const struct row *row,
	   struct rte_mempool *pools[COLUMNS])
{
	unsigned int i;

	pools[WHOLE_AGAIN] = NULL;
	pools[WHOLE] = make_pool(WHOLE, row->cache, opt->pool_mb, RTE_MEMPOOL_DDW_MAPPING_STATIC);
	pools[WINDOW] =
		make_pool(WINDOW, row->cache, opt->window_mb, RTE_MEMPOOL_DDW_MAPPING_STATIC);
	/* What is mapped now stays mapped. */
	dma_limit((uint64_t)opt->window_mb << 20);
	pools[DEMAND] = make_pool(DEMAND, row->cache, opt->pool_mb, RTE_MEMPOOL_DDW_MAPPING_DEMAND);
	for (i = 0; i < COLUMNS && row->mixed; i++)
		if (pools[i] != NULL)
			shuffle(pools[i]);
}

static void
free_pools(struct rte_mempool *pools[COLUMNS])
{
	unsigned int i;

	for (i = 0; i < COLUMNS; i++)
		rte_mempool_free(pools[i]);
	dma_limit(UINT64_MAX / 2);
}

/* So many bursts that a turn has the length that was asked for: no longer, or others get theirs. */
static unsigned int
choose_bursts(const struct bench_options *opt, struct flow *f)
{
	double fastest = flow_run(f, WARM_UP),
	       wanted = (double)rte_get_tsc_hz() * opt->round_us / 1e6;
	unsigned int i;

	for (i = 1; i < WARM_UPS; i++)
		fastest = RTE_MIN(fastest, flow_run(f, WARM_UP));
	return (unsigned int)(wanted / fastest / BURST) + 1;
}

static void
run_row(const struct bench_options *opt, struct row *row)
{
	struct rte_mempool *pools[COLUMNS];
	unsigned int bursts[COLUMNS], round, i, column;
	struct flow *flows[COLUMNS];

	make_pools(opt, row, pools);
	for (i = 0; i < WHOLE_AGAIN && opt->steps && row->shape == SHAPE_ONE_CORE; i++)
		row->steps[i] = flow_steps(pools[i], opt->in_flight, STEP_BURSTS);
	for (i = 0; i < COLUMNS; i++) {
		flows[i] = pools[i] == NULL ? flows[WHOLE]
					    : flow_begin(pools[i], row->shape, opt->in_flight);
		bursts[i] = choose_bursts(opt, flows[i]);
	}

	rte_mempool_ddw_stats_get(pools[DEMAND], &row->before);
	for (round = 0; round < opt->rounds; round++) {
		for (i = 0; i < COLUMNS; i++) {
			column = (round + i) % COLUMNS;
			row->ticks[column][round] = flow_run(flows[column], bursts[column]);
		}
	}
	rte_mempool_ddw_stats_get(pools[DEMAND], &row->after);
	row->bursts =
		(uint64_t)opt->rounds * bursts[DEMAND] * (row->shape == SHAPE_TWO_CORES ? 2 : 1);
	for (i = 0; i < COLUMNS; i++)
		if (i != WHOLE_AGAIN)
			flow_end(flows[i]);
	free_pools(pools);
}

/* Millions of mbufs per second, over all cores. */
static double
rate(const struct row *row, double ticks)
{
	unsigned int cores = row->shape == SHAPE_TWO_CORES ? 2 : 1;

	return (double)rte_get_tsc_hz() * cores / ticks / 1e6;
}

static void
print_head(const struct bench_options *opt)
{
	printf("\nForwarding, pool of %u MiB, window of %u MiB, %u mbufs in flight, bursts of %u, "
	       "medians of %u rounds of %u us\n\n",
	       opt->pool_mb, opt->window_mb, opt->in_flight, BURST, opt->rounds, opt->round_us);
	printf("| cores | cache | objects | million mbufs/s: mapped as a whole | on demand | as "
	       "large as the window | rate on demand / whole: of medians | of a round "
	       "| demand / window, of a round | whole with itself | instructions per mbuf: whole "
	       "| demand | bursts | demand maps | evictions | bursts without ioctl |\n|%s\n",
	       "---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
}

static void
print_json(const struct bench_options *opt, const struct row *row, struct figures f[COLUMNS],
	   struct figures ratio, double share)
{
	static bool next;
	unsigned int i;

	if (opt->json == NULL)
		return;
	fprintf(opt->json, "%s\n  {\"cores\": \"%s\", \"cache\": %u, \"mixed\": %s, ",
		next ? "," : "", shape_name(row->shape), row->cache, row->mixed ? "true" : "false");
	next = true;
	for (i = 0; i < COLUMNS; i++)
		figures_json(opt->json, names[i], f[i]);
	figures_json(opt->json, "ratio", ratio);
	fprintf(opt->json,
		"\"instructions\": [%.3f, %.3f], \"bursts\": %" PRIu64 ", \"demand_maps\": %" PRIu64
		", \"evictions\": %" PRIu64 ", \"without_ioctl\": %.8f}",
		row->steps[WHOLE], row->steps[DEMAND], row->bursts,
		row->after.demand_maps - row->before.demand_maps,
		row->after.evictions - row->before.evictions, share);
}

static void
print_row(const struct bench_options *opt, const struct row *row)
{
	uint64_t maps = row->after.demand_maps - row->before.demand_maps;
	uint64_t evictions = row->after.evictions - row->before.evictions;
	double share = 1 - (double)(maps + evictions) / (double)row->bursts;
	struct figures f[COLUMNS], ratio, window, noise;
	unsigned int i;

	for (i = 0; i < COLUMNS; i++)
		f[i] = measure_figures(row->ticks[i], opt->rounds);
	/* Of rates, so the other way round. */
	ratio = measure_ratio(row->ticks[WHOLE], row->ticks[DEMAND], opt->rounds);
	window = measure_ratio(row->ticks[WINDOW], row->ticks[DEMAND], opt->rounds);
	noise = measure_ratio(row->ticks[WHOLE], row->ticks[WHOLE_AGAIN], opt->rounds);
	printf("| %s | %u | %s | %.2f | %.2f | %.2f | %.3f | %.3f (%.3f to %.3f) | %.3f | %.3f ",
	       shape_name(row->shape), row->cache, row->mixed ? "mixed" : "in order",
	       rate(row, f[WHOLE].median), rate(row, f[DEMAND].median), rate(row, f[WINDOW].median),
	       f[WHOLE].median / f[DEMAND].median, ratio.median, ratio.min, ratio.max,
	       window.median, noise.median);
	if (row->steps[WHOLE] == 0)
		printf("| - | - ");
	else
		printf("| %.1f | %.1f ", row->steps[WHOLE], row->steps[DEMAND]);
	printf("| %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %.5f%% |\n", row->bursts, maps,
	       evictions, share * 100);
	fflush(stdout);
	print_json(opt, row, f, ratio, share);
}

void
bench_forward(const struct bench_options *opt)
{
	unsigned int shape, cache, mixed;
	static struct row row;

	if (opt->in_flight < BURST || opt->in_flight > MAX_FLIGHT)
		die("no queue is that long: %u", opt->in_flight);
	print_head(opt);
	if (opt->json != NULL)
		fprintf(opt->json, "\"forward\": [");
	for (shape = 0; shape < SHAPES; shape++) {
		if (shape_cores(shape) > rte_lcore_count())
			continue;
		for (cache = 0; cache < RTE_DIM(caches); cache++) {
			for (mixed = 0; mixed < 2; mixed++) {
				row = (struct row){ .shape = shape,
						    .cache = caches[cache],
						    .mixed = mixed == 1 };
				run_row(opt, &row);
				print_row(opt, &row);
			}
		}
	}
	if (opt->json != NULL)
		fprintf(opt->json, "\n ],\n");
}
