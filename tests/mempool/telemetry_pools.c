/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Pools in the EAL of this machine, over the simulated kernel. telemetry_pools.py says
 * on standard input what happens, a word and a number per line, and asks as any client
 * of telemetry does.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_lcore.h>

#include "rig.h"

#define POOLS 4
#define N     2000

static struct rte_mempool *made[POOLS];
static void *out[N];
static bool stop;
static pthread_t racer;
static unsigned int rounds;

static struct rte_mempool *
make(const char *name, enum rte_mempool_ddw_mapping mapping)
{
	struct rte_mempool_ddw_conf conf = {
		.mapping = mapping,
		.chunk_size = 256 * KIB,
		.max_n = 4 * N,
	};
	struct rte_mempool *mp = rig_pool(name, N, 1500, 32, &conf);

	if (mp == NULL)
		abort();
	return mp;
}

static void
check(bool well)
{
	if (!well)
		abort();
}

static void
begin(unsigned int dma32)
{
	const struct rig_conf conf = { .ddw = dma32 == 0, .window = 64 * MIB };

	rig_begin(&conf);
}

static void
finish(void)
{
	unsigned int i;

	for (i = 0; i < POOLS; i++) {
		check(rte_mempool_ddw_free(made[i]) == 0);
		made[i] = NULL;
	}
	rig_end();
}

static void *
race(void *arg)
{
	struct rte_mempool *mp;

	(void)arg;
	check(rte_thread_register() == 0);
	for (; !__atomic_load_n(&stop, __ATOMIC_RELAXED); rounds++) {
		mp = make("race", rounds % 2 == 0 ? RTE_MEMPOOL_DDW_MAPPING_DEMAND
						  : RTE_MEMPOOL_DDW_MAPPING_STATIC);
		check(rte_mempool_get_bulk(mp, out, 100) == 0);
		rte_mempool_put_bulk(mp, out, 100);
		check(rte_mempool_ddw_grow(mp, N) > 0);
		check(rte_mempool_ddw_trim(mp, N) >= 0);
		rte_mempool_cache_flush(rte_mempool_default_cache(mp, rte_lcore_id()), mp);
		check(rte_mempool_ddw_free(mp) == 0);
	}
	rte_thread_unregister();
	return NULL;
}

static void
act(const char *word, unsigned int n)
{
	char name[16];

	if (strcmp(word, "begin") == 0) {
		begin(n);
	} else if (strcmp(word, "static") == 0) {
		snprintf(name, sizeof(name), "static_%u", n);
		made[n] = make(name, RTE_MEMPOOL_DDW_MAPPING_STATIC);
	} else if (strcmp(word, "demand") == 0) {
		snprintf(name, sizeof(name), "demand_%u", n);
		made[n] = make(name, RTE_MEMPOOL_DDW_MAPPING_DEMAND);
	} else if (strcmp(word, "get") == 0) {
		check(rte_mempool_generic_get(made[n], out, N / 2, NULL) == 0);
	} else if (strcmp(word, "put") == 0) {
		rte_mempool_generic_put(made[n], out, N / 2, NULL);
	} else if (strcmp(word, "grow") == 0) {
		check(rte_mempool_ddw_grow(made[n], N) > 0);
	} else if (strcmp(word, "end") == 0) {
		finish();
	} else if (strcmp(word, "race") == 0) {
		check(pthread_create(&racer, NULL, race, NULL) == 0);
	} else if (strcmp(word, "still") == 0) {
		__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
		check(pthread_join(racer, NULL) == 0);
		printf("%u rounds, ", rounds);
	} else {
		abort();
	}
}

int
main(int argc, char **argv)
{
	unsigned int n;
	char word[16];

	rig_eal_start(argc, argv);
	printf("ready %s\n", rte_eal_get_runtime_dir());
	fflush(stdout);
	while (scanf("%15s %u", word, &n) == 2) {
		act(word, n);
		printf("done\n");
		fflush(stdout);
	}
	return rte_eal_cleanup() == 0 ? 0 : 1;
}
