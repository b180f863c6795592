/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mempool_ddw.h>

#include "bench/bench_memory.h"
#include "bench/bench_pools.h"
#include "measure/pool_loops.h"

/* Packets of 2 KiB. */
#define OBJECTS	 8191u
#define OBJ_SIZE 2304u
/* Minimum length of a round, so that reading the clock does not matter. */
#define ROUND_US 1000.0

enum { STOCK, DDW, HANDLERS };
static const char *const handlers[HANDLERS] = {
	[STOCK] = "ring_mp_mc",
	[DDW] = RTE_MEMPOOL_DDW_OPS,
};
static const unsigned int caches[] = { 0, 512 };
static const unsigned int bulks[] = { 1, 32 };

/* Both handlers are measured in turn, so that other load affects both alike. */
struct times {
	double create[HANDLERS][FIGURES_MAX];
	double free[HANDLERS][FIGURES_MAX];
	double turns[HANDLERS][FIGURES_MAX];
};

/* EAL can be started only once per process. */
static bool started;

static int
init_eal(const struct bench_options *opt)
{
	static char program[] = "dpdk-test-ddw";
	char **argv;
	int ret;

	argv = calloc((size_t)opt->n_eal + 2, sizeof(*argv));
	if (argv == NULL)
		return -1;
	argv[0] = program;
	if (opt->n_eal > 0)
		memcpy(argv + 1, opt->eal, (size_t)opt->n_eal * sizeof(*argv));
	ret = rte_eal_init(opt->n_eal + 1, argv);
	free(argv);
	return ret;
}

/* Start EAL with its output redirected to standard error, away from the report. */
static int
start_eal(const struct bench_options *opt)
{
	int report, ret;

	if (started)
		return 0;
	report = dup(STDOUT_FILENO);
	if (report < 0 || fflush(stdout) != 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return -1;
	ret = init_eal(opt);
	if (fflush(stdout) != 0 || dup2(report, STDOUT_FILENO) < 0)
		ret = -1;
	(void)close(report);
	started = ret >= 0;
	return ret;
}

static struct rte_mempool *
create_mempool(struct bench *b, unsigned int handler, unsigned int cache)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *mp;
	const char *what;

	snprintf(name, sizeof(name), "bench_%u_%u", handler, cache);
	mp = measure_mempool_make(name, handlers[handler], OBJECTS, OBJ_SIZE, cache, &what);
	if (mp == NULL)
		bench_fail(b, handlers[handler],
			   "cannot %s for a mempool of %u objects of %u bytes: %s; give EAL more "
			   "memory (-m), and the handler ddw free hugepages",
			   what, OBJECTS, OBJ_SIZE, rte_strerror(rte_errno));
	return mp;
}

/* Return the bytes that a pool occupies in whole pages; only the handler ddw reports them. */
static uint64_t
mempool_bytes(const struct rte_mempool *mp, unsigned int handler)
{
	struct rte_mempool_ddw_stats stats;

	if (handler == DDW && rte_mempool_ddw_stats_get(mp, &stats) == 0)
		return stats.bytes;
	return 0;
}

static bool
measure_create(struct bench *b, struct times *t)
{
	uint64_t memory[HANDLERS] = { 0 };
	struct rte_mempool *mp;
	unsigned int i, h;
	uint64_t t0;

	for (i = 0; i < b->options.repeat; i++) {
		for (h = 0; h < HANDLERS; h++) {
			if (!bench_next(b, "create and free"))
				return false;
			t0 = bench_clock(b);
			mp = create_mempool(b, h, 512);
			t->create[h][i] = bench_us(b, t0);
			if (mp == NULL)
				return false;
			memory[h] = mempool_bytes(mp, h);
			t0 = bench_clock(b);
			rte_mempool_free(mp);
			t->free[h][i] = bench_us(b, t0);
		}
	}
	for (h = 0; h < HANDLERS; h++) {
		struct bench_row row = {
			.handler = handlers[h], .unit = "us", .memory = memory[h], .cache = 512
		};

		row.name = "create";
		bench_add(b, row, t->create[h]);
		row.name = "free";
		bench_add(b, row, t->free[h]);
	}
	return true;
}

/* Time the turns in microseconds. Negative when the mempool is empty. */
static double
run_turns(struct bench *b, const struct mempool_turns *turns)
{
	uint64_t t0 = bench_clock(b);

	return measure_mempool_turns(turns) == 0 ? bench_us(b, t0) : -1;
}

/* Double the turns until a round is long enough. Returns 0 when the mempool is empty. */
static unsigned int
choose_turns(struct bench *b, struct mempool_turns turns)
{
	double us;

	for (turns.turns = 1;; turns.turns *= 2) {
		us = run_turns(b, &turns);
		if (us < 0)
			return 0;
		if (us >= ROUND_US)
			return turns.turns;
	}
}

static bool
measure_bulk(struct bench *b, struct rte_mempool *const mp[HANDLERS], unsigned int bulk,
	     struct times *t)
{
	struct mempool_turns turns = { mp[0], bulk, POOL_KEEP_MAX, 0 };
	struct bench_row row = {
		.name = "get_put", .unit = "ns", .cache = mp[0]->cache_size, .bulk = bulk
	};
	unsigned int i, h;
	double us;

	turns.turns = choose_turns(b, turns);
	turns.mp = mp[DDW];
	(void)run_turns(b, &turns); /* both are warm then */
	for (i = 0; i < b->options.repeat; i++) {
		for (h = 0; h < HANDLERS; h++) {
			if (!bench_next(b, "cache of %u, bulk of %u", row.cache, bulk))
				return false;
			turns.mp = mp[h];
			us = run_turns(b, &turns);
			if (turns.turns == 0 || us < 0) {
				bench_fail(b, handlers[h], "the mempool is empty");
				return false;
			}
			t->turns[h][i] = us * 1000 / turns.turns / turns.keep;
		}
	}
	for (h = 0; h < HANDLERS; h++) {
		row.handler = handlers[h];
		bench_add(b, row, t->turns[h]);
	}
	return true;
}

static bool
measure_cache(struct bench *b, unsigned int cache, struct times *t)
{
	struct rte_mempool *mp[HANDLERS];
	unsigned int i;
	bool ok;

	for (i = 0; i < HANDLERS; i++)
		mp[i] = create_mempool(b, i, cache);
	ok = mp[STOCK] != NULL && mp[DDW] != NULL;
	for (i = 0; ok && i < RTE_DIM(bulks); i++)
		ok = measure_bulk(b, mp, bulks[i], t);
	for (i = 0; i < HANDLERS; i++)
		rte_mempool_free(mp[i]);
	return ok;
}

void
bench_pools(struct bench *b)
{
	struct times *t;
	unsigned int i;
	bool ok;

	if (!b->options.eal_given && !b->options.parts[BENCH_POOLS]) {
		bench_skip(b, "",
			   "it needs EAL: pass its options after \"--\", such as -- -l 0 -m 64, "
			   "or -- --no-huge -l 0 -m 64 without hugepages");
		return;
	}
	/* The hugepages of the other parts are for EAL now. */
	bench_memory_put(b);
	if (start_eal(&b->options) < 0) {
		bench_fail(b, "",
			   "EAL failed to start: %s; see its messages above, and the options "
			   "after \"--\"",
			   rte_strerror(rte_errno));
		return;
	}
	t = calloc(1, sizeof(*t));
	ok = t != NULL;
	if (!ok)
		bench_fail(b, "", "out of memory");
	ok = ok && measure_create(b, t);
	for (i = 0; ok && i < RTE_DIM(caches); i++)
		ok = measure_cache(b, caches[i], t);
	free(t);
}

void
bench_pools_end(void)
{
	if (started)
		(void)rte_eal_cleanup(); /* the process ends */
}
