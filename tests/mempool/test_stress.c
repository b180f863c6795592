/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Threads that share pools, over the simulated kernel. DDW_SEED=N repeats the choices of
 * a run, but not the order in which threads get their turn; DDW_STEPS=N sets the length.
 */

#include "stress.h"

#define DEMAND RTE_MEMPOOL_DDW_MAPPING_DEMAND
#define STATIC RTE_MEMPOOL_DDW_MAPPING_STATIC

/* All is mapped at once: the handler is a ring, whatever is done. */
static void
test_threads_share_static_pools(void **state)
{
	struct stress_conf conf = {
		.name = "static",
		.steps = 40000,
		.rig = { .ddw = true, .window = 8 * MIB },
		.mapping = STATIC,
		.pools = 2,
		.threads = 4,
		.n = 2000,
		.size = 1024,
		.cache = 64,
		.bulk = 128,
		.hold = 700,
		.mbufs = true,
	};

	(void)state;
	stress_run(&conf);
}

/* Two pools that together are twenty times the window, no cache. */
static void
test_threads_share_pools_twenty_times_window(void **state)
{
	struct stress_conf conf = {
		.name = "twenty times",
		.steps = 30000,
		.rig = { .window = 2 * MIB },
		.mapping = DEMAND,
		.chunk_size = 64 * KIB,
		.pools = 2,
		.threads = 2,
		.n = 10000,
		.size = 2048,
		.bulk = 64,
		.hold = 500,
		.flush = true,
	};

	(void)state;
	stress_run(&conf);
}

/* mbufs, per-lcore caches, eight threads and more of them than fit at the same time. */
static void
test_threads_share_mbufs_with_caches(void **state)
{
	struct stress_conf conf = {
		.name = "mbufs with caches",
		.steps = 50000,
		.rig = { .window = 4 * MIB, .groups = 3 },
		.mapping = DEMAND,
		.chunk_size = 64 * KIB,
		.pools = 1,
		.threads = 8,
		.n = 8000,
		.size = 2048,
		.cache = 32,
		.bulk = 64,
		.hold = 300,
		.mbufs = true,
	};

	(void)state;
	stress_run(&conf);
}

/* Two pools that compete for one window, with the largest bulks. */
static void
test_pools_compete_for_window(void **state)
{
	struct stress_conf conf = {
		.name = "two pools compete",
		.steps = 30000,
		.rig = { .window = 2 * MIB },
		.mapping = DEMAND,
		.chunk_size = 32 * KIB,
		.pools = 2,
		.threads = 4,
		.n = 10000,
		.size = 512,
		.cache = 32,
		.bulk = 512,
		.hold = 1000,
		.mbufs = true,
		.flush = true,
	};

	(void)state;
	stress_run(&conf);
}

/* Clones, indirect mbufs, external buffers and chains. */
static void
test_threads_share_clones_and_chains(void **state)
{
	struct stress_conf conf = {
		.name = "mbufs that share data",
		.steps = 40000,
		.rig = { .window = 4 * MIB },
		.mapping = DEMAND,
		.chunk_size = 64 * KIB,
		.pools = 3,
		.threads = 4,
		.n = 4000,
		.size = 2048,
		.cache = 16,
		.bulk = 32,
		.hold = 150,
		.mbufs = true,
		.shared = true,
		.flush = true,
	};

	(void)state;
	stress_run(&conf);
}

/* Chunks of one page, each with very few objects. */
static void
test_threads_share_tiny_chunks(void **state)
{
	struct stress_conf conf = {
		.name = "tiny chunks",
		.steps = 30000,
		.rig = { .window = 512 * KIB, .groups = 1 },
		.mapping = DEMAND,
		.chunk_size = UINT64_C(1) << rig_page_shift(),
		.pools = 3,
		.threads = 3,
		.n = 1000,
		.size = 1000,
		.cache = 8,
		.bulk = 16,
		.hold = 100,
		.flush = true,
	};

	(void)state;
	stress_run(&conf);
}

/* Demand mapping in dynamic windows, while memory comes and goes. */
static void
test_demand_pool_resized_under_threads(void **state)
{
	struct stress_conf conf = {
		.name = "grow and trim",
		.steps = 30000,
		.rig = { .ddw = true, .window = 4 * MIB },
		.mapping = DEMAND,
		.chunk_size = 64 * KIB,
		.pools = 2,
		.threads = 3,
		.n = 2000,
		.max_n = 6000,
		.size = 1024,
		.cache = 32,
		.bulk = 64,
		.hold = 300,
		.flush = true,
	};

	(void)state;
	stress_run(&conf);
}

/* The same where all is mapped at once. */
static void
test_static_pool_resized_under_threads(void **state)
{
	struct stress_conf conf = {
		.name = "grow and trim, static",
		.steps = 30000,
		.rig = { .ddw = true, .window = 32 * MIB },
		.mapping = STATIC,
		.chunk_size = 64 * KIB,
		.pools = 1,
		.threads = 3,
		.n = 2000,
		.max_n = 6000,
		.size = 1024,
		.cache = 32,
		.bulk = 64,
		.hold = 300,
		.mbufs = true,
		.flush = true,
	};

	(void)state;
	stress_run(&conf);
}

/* Ioctls fail under the feet of the threads. */
static void
test_ioctls_fail_under_threads(void **state)
{
	struct stress_conf conf = {
		.name = "faults",
		.steps = 50000,
		.rig = { .window = 2 * MIB },
		.mapping = DEMAND,
		.chunk_size = 64 * KIB,
		.pools = 2,
		.threads = 4,
		.n = 4000,
		.size = 1024,
		.cache = 32,
		.bulk = 64,
		.hold = 500,
		.mbufs = true,
		.flush = true,
		.faults = 40,
	};

	(void)state;
	stress_run(&conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_share_static_pools),
		cmocka_unit_test(test_threads_share_pools_twenty_times_window),
		cmocka_unit_test(test_threads_share_mbufs_with_caches),
		cmocka_unit_test(test_pools_compete_for_window),
		cmocka_unit_test(test_threads_share_clones_and_chains),
		cmocka_unit_test(test_threads_share_tiny_chunks),
		cmocka_unit_test(test_demand_pool_resized_under_threads),
		cmocka_unit_test(test_static_pool_resized_under_threads),
		cmocka_unit_test(test_ioctls_fail_under_threads),
	};

	return cmocka_run_group_tests_name("stress", tests, NULL, NULL);
}
