/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "bench_mempool.h"

struct run {
	bench_loop fn;
	void *arg;
	unsigned int cores;
	unsigned int ready;
	uint64_t ticks;
};

static int
run_one(void *arg)
{
	struct run *run = arg;

	__atomic_add_fetch(&run->ready, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&run->ready, __ATOMIC_ACQUIRE) < run->cores)
		rte_pause();
	__atomic_add_fetch(&run->ticks, run->fn(run->arg), __ATOMIC_RELAXED);
	return 0;
}

double
lcores_run(bench_loop fn, void *arg, unsigned int cores)
{
	struct run run = { .fn = fn, .arg = arg, .cores = cores };
	unsigned int lcore, left = cores - 1;

	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		if (left == 0)
			break;
		left--;
		if (rte_eal_remote_launch(run_one, &run, lcore) != 0)
			die("lcore %u is busy", lcore);
	}
	if (left != 0)
		die("there are no %u lcores", cores);
	run_one(&run);
	rte_eal_mp_wait_lcore();
	return (double)run.ticks / cores;
}
