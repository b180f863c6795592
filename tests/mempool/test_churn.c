/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Threads that make pools, use them and free them, all in one window. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <rte_errno.h>

#include "rig.h"

#define THREADS 4
#define LIVES	200
#define N	300
#define SIZE	1500
#define WINDOW	(1 * MIB)

static struct {
	uint64_t seed, steps;
	unsigned int made, refused, objects;
} all;

static struct rte_mempool *
make_pool(uint64_t *random, unsigned int number)
{
	const struct rte_mempool_ddw_conf conf = {
		.chunk_size = 16 * KIB << pick(random, 3),
		.max_n = 2 * N,
		.mapping = (enum rte_mempool_ddw_mapping)pick(random, 3),
	};
	struct rte_mempool *mp;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "churn %u", number);
	mp = rte_pktmbuf_pool_create_ddw(name, 16 + pick(random, N), 8 * pick(random, 2), 0, SIZE,
					 SOCKET_ID_ANY, &conf);
	if (mp == NULL) {
		/* Where all is mapped at once there may be no room left. */
		(void)RIG_CHECK(conf.mapping != RTE_MEMPOOL_DDW_MAPPING_DEMAND);
		(void)RIG_CHECK(rte_errno == ENOSPC);
		(void)__atomic_fetch_add(&all.refused, 1, __ATOMIC_RELAXED);
	} else {
		(void)__atomic_fetch_add(&all.made, 1, __ATOMIC_RELAXED);
	}
	return mp;
}

static void
live(uint64_t *random, unsigned int number)
{
	struct rte_mempool *mp = make_pool(random, number);
	struct rte_mbuf *held[2 * N];
	unsigned int n = 0, i;

	if (mp == NULL)
		return;
	for (i = 0; i < 20 && n + 16 <= RTE_DIM(held); i++) {
		if (rte_pktmbuf_alloc_bulk(mp, held + n, 16) == 0)
			n += 16;
		if (i == 10 && pick(random, 2) == 0)
			(void)rte_mempool_ddw_grow(mp, 1 + pick(random, N / 4));
	}
	for (i = 0; i < n; i++)
		(void)rig_mbuf(held[i]);
	if (n != 0)
		(void)RIG_CHECK(rte_mempool_ddw_free(mp) == -EBUSY);
	for (i = 0; i < n; i++)
		(void)rig_object(mp, held[i]);
	rte_pktmbuf_free_bulk(held, n);
	if (pick(random, 2) == 0)
		(void)rte_mempool_ddw_trim(mp, 0);
	(void)RIG_CHECK(rte_mempool_ddw_free(mp) == 0);
	(void)__atomic_fetch_add(&all.objects, n, __ATOMIC_RELAXED);
}

static void
thread(void *arg, unsigned int number)
{
	uint64_t random = random_thread(all.seed, number), i;

	(void)arg;
	for (i = 0; i < all.steps && rig_wrongs() == 0; i++)
		live(&random, number);
}

static void
test_threads_make_and_free_pools_in_one_window(void **state)
{
	const struct rig_conf conf = { .window = WINDOW };

	(void)state;
	rig_begin(&conf);
	all.seed = rig_seed();
	all.steps = 1 + env_steps(LIVES) / THREADS;
	rig_threads(THREADS, thread, NULL);
	rig_end();
	printf("churn: %u pools, %u refused, %u objects\n", all.made, all.refused, all.objects);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_make_and_free_pools_in_one_window),
	};

	return cmocka_run_group_tests_name("churn", tests, NULL, NULL);
}
